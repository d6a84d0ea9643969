package evidence

import (
	"encoding/binary"
	"hash/crc32"
)

// A frame is its head, its sealed bytes and a tag. (FORMAT.md, "Frames")
const (
	frameHeadSize = 9
	maxFrame      = 16 << 10 // of plaintext
)

const (
	frameHead      byte = 'H' // the sealed head; always the first, and no other
	frameData      byte = 'D' // a piece of the body
	frameCommitted byte = 'C' // the end
	frameAborted   byte = 'A' // the end
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeFrameHead(kind byte, length int) [frameHeadSize]byte {
	var head [frameHeadSize]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:5], uint32(length))
	binary.BigEndian.PutUint32(head[5:9], crc32.Checksum(head[:5], castagnoli))
	return head
}

// decodeFrameHead tells a frame that was cut off from one whose length was
// changed: only a head that is right is believed about what follows.
func decodeFrameHead(head [frameHeadSize]byte) (kind byte, length int, ok bool) {
	length = int(binary.BigEndian.Uint32(head[1:5]))
	ok = binary.BigEndian.Uint32(head[5:9]) == crc32.Checksum(head[:5], castagnoli)
	return head[0], length, ok && length <= maxFrame
}

// nonce is a frame's place in the file. The key is the file's own, so no nonce
// comes twice under one key.
func nonce(frame uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), frame)
}
