#!/usr/bin/env python3
"""Audits evidence of kakaocert without kakaocert, from what evidence/FORMAT.md says and nothing else.

It needs Python 3.8 and its package cryptography (in Debian and Red Hat: python3-cryptography), and no network.
Exit status: 0 everything is as it was written, 1 it is not, 2 wrong call, 3 not everything could be checked.
"""
import argparse, base64, calendar, hashlib, hmac, json, os, re, stat, struct, sys, time
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
try:
    import fcntl
except ImportError:  # a system without flock(2)
    fcntl = None

ID = r"\d{8}T\d{6}Z-[0-9a-f]{16}"
ENTRY = {  # the names that an entry has besides seq, prev, at, key and event
    "opened": "version chain", "created": "version directory", "linked": "chain head", "begun": "record product tx_id bytes sha256",
    "ended": "record outcome bytes sha256", "attached": "record attachment bytes sha256", "purged": "record reason bytes sha256"}
INTEGERS = "seq version bytes".split()
FORM = {"seq": r"[1-9]\d*", "bytes": r"\d+", "chain": f"{ID}|journal", "head": r"[1-9]\d*:[0-9a-f]{64}", "record": ID, "attachment": ID,
        "sha256": "[0-9a-f]{64}", "outcome": "committed|aborted|interrupted"}
HEAD = {"record": "kind id suite keys at product tx_id attempt client", "attachment": "kind id suite keys at record"}
FIRST = b"kakaocert-evidence 2\n", b"kakaocert-evidence 1\n"
FRAME = {b"H": {"record": "asked key_version ref", "attachment": "name"}, b"C": "at", b"A": "at reason"}
BAD = ValueError, KeyError, TypeError, RecursionError  # what reading raises where something is not as it must be
found = {"fault": [], "unchecked": [], "record": []}

def report(kind, text):
    text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    if text not in found[kind]:
        found[kind].append(text)
        print(kind, text)

def fault(text): report("fault", text)
def sha256(data): return hashlib.sha256(data).digest()
def hmac256(key, data): return hmac.new(key, data, hashlib.sha256).digest()
def hkdf(secret, info, length=32, salt=bytes(32)): return hmac256(hmac256(salt, secret), info + b"\1")[:length]

def parse(text, names):  # one JSON object on one line, with no name that is not listed, and none twice
    pairs = json.loads(text.decode("utf-8"), object_pairs_hook=list)
    value = json.loads(text)
    if type(value) is not dict or b"\n" in text or len(pairs) != len(value) or set(value) - set(names.split()):
        raise ValueError("not the JSON that it should be")
    return value

# ---- Keys

class Key:  # of the writers
    def __init__(self, secret):
        self.rank = 2 if any(secret) else 1  # the key of zeros is known to all
        self.secret, self.id = secret, hkdf(secret, b"kakaocert evidence 1 key id", 8).hex()
        self.mac, self.journal, self.wrap = (hkdf(secret, b"kakaocert evidence " + info) for info in (b"2 chain", b"1 journal", b"2 wrap"))

    def open(self, how, sealed, usage):
        if how == "AES-256-GCM":
            return AESGCM(self.wrap).decrypt(sealed[:12], sealed[12:], usage)

class Private:  # of a recipient: HPKE (RFC 9180) in base mode with AES-256-GCM
    def __init__(self, pem):
        self.key = serialization.load_pem_private_key(pem, None)
        form, raw = serialization.PublicFormat, serialization.Encoding.Raw
        if isinstance(self.key, x25519.X25519PrivateKey):
            self.how, self.kem, self.size = "HPKE-X25519", 0x20, 32
            self.public = self.key.public_key().public_bytes(raw, form.Raw)
        else:
            self.how, self.kem, self.size = "HPKE-P256", 0x10, 65
            self.public = self.key.public_key().public_bytes(serialization.Encoding.X962, form.UncompressedPoint)
        self.id = sha256(b"kakaocert evidence 2 recipient" + self.public)[:8].hex()

    def exchange(self, point):
        if self.how == "HPKE-X25519":
            return self.key.exchange(x25519.X25519PublicKey.from_public_bytes(point))
        return self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))

    def open(self, how, sealed, usage):
        if how != self.how:
            return None
        point, suite = sealed[:self.size], b"KEM" + struct.pack(">H", self.kem)
        extract = lambda salt, label, value: hmac256(salt or bytes(32), b"HPKE-v1" + suite + label + value)
        expand = lambda key, label, info, n: hmac256(key, struct.pack(">H", n) + b"HPKE-v1" + suite + label + info + b"\1")[:n]
        shared = expand(extract(b"", b"eae_prk", self.exchange(point)), b"shared_secret", point + self.public, 32)
        suite = b"HPKE" + struct.pack(">HHH", self.kem, 1, 2)
        context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", usage)
        secret = extract(shared, b"secret", b"")
        return AESGCM(expand(secret, b"key", context, 32)).decrypt(expand(secret, b"base_nonce", context, 12), sealed[self.size:], None)

def open_secret(sealed, kind, name, keys):  # None where no key for it was given
    for key in keys:
        if key.id == sealed["to"]:
            return key.open(sealed["how"], base64.b64decode(sealed["sealed"]), f"kakaocert evidence 2 secret {kind} {name}".encode())

# ---- Log files

BATCH = re.compile(rb"batch ([1-9]\d{0,6}) ([0-9a-f]{8})\n")
PIECE = re.compile(rb"(piece|last) (record|attachment|recovery) (%b) (0|[1-9]\d*) (0|[1-9]\d{0,6}) ([0-9a-f]{8})\n" % ID.encode())
LINE = re.compile(rb"[0-9a-f]{64} [^\n]{0,8126}\n")
TORN = re.compile(rb"b|ba|bat|batc|batch ?|batch ([1-9]\d{0,6})( [0-9a-f]{0,8})?")  # the beginnings of a header

def read_batch(data, at, right_only=False):  # returns where it ends (0: it has no header), whether it is right, its pieces and its entries
    header, pieces, entries, crc, right = BATCH.match(data, at), [], [], 0, True
    stop = header.end() + int(header[1]) if header and 0 < int(header[1]) <= 2097152 else 0
    at = header.end() if header and stop <= len(data) else stop + 1
    while at < stop:
        piece = PIECE.match(data, at)
        begin = piece.end() if piece else at
        end = begin + int(piece[5]) if piece else data.find(b"\n", at)
        if not at <= end < stop or data[end] != 10:
            break
        if piece:
            content = data[begin:end]
            gone = content.rstrip(b"\0") == b"-"
            checked = content[:1] == b"-" or crc32c(content) == int(piece[6], 16)
            right = right and len(piece[0]) <= 127 and int(piece[4]) < 1 << 31 and checked
            folder, file = ("recovery", "key") if piece[2] == b"recovery" else ("records", piece[2].decode())
            pieces.append(((folder, f"{piece[3].decode()}.{file}"), int(piece[4]), piece[1] == b"last", (begin, end), gone))
        else:
            entries.append(data[at:end + 1])
            right = right and LINE.fullmatch(data, at, end + 1) is not None
        if right_only and not right:
            break
        crc = crc32c(data[end:end + 1], crc32c(data[at:begin if piece else end], crc))
        at = end + 1
    return stop, right and at == stop > 0 and crc == int(header[2], 16), pieces, b"".join(entries)

def read_batches(name, data, live):
    at = 0
    while at < len(data):
        stop, right, pieces, entries = read_batch(data, at)
        if not right:
            starts = [stop] if stop else []
            starts += [header.start() for header in BATCH.finditer(data, at + 1)]
            following = next((start for start in starts if start == len(data) or read_batch(data, start, True)[1]), len(data))
            begin = TORN.fullmatch(data, at)
            torn = stop > len(data) or begin and int(begin[1] or 0) <= 2097152 or not any(data[at:]) or len(data) - at <= 2097175 and lost_sector(data, at)
            if following == len(data) and (live or torn):
                return
            fault(f"damaged: {name}: the bytes from {at} on are not a batch")
        if right or stop == following:
            yield pieces, entries
        at = stop if right else following

def lost_sector(data, at):
    for run in re.compile(rb"\0+").finditer(data, at):
        begin, end = run.span()
        if (end - begin >= 3 or begin == at or end == len(data)) and (begin == at or (begin + 2) % 512 <= 2) and (end == len(data) or end % 512 <= 2):
            return True
    return False

# ---- Files

class Store:
    def __init__(self, path):
        self.path, self.names, self.chains, self.pieces, self.live = path, {}, {}, {}, set()
        if not set(os.listdir(path)) & {"chains", "records", "journal"}:
            raise ValueError(f"{path} does not contain evidence")
        for folder, form in (("chains", ID + r"\.(chain|evidence)"), ("records", ID + r"\.(record|attachment)"),
                             ("recovery", ID + r"\.key"), ("checkpoints", r"\d{20}\.(checkpoint|stamp)")):
            place = os.path.join(path, folder)
            self.names[folder] = []
            if os.path.lexists(place) and not stat.S_ISDIR(os.lstat(place).st_mode):
                fault(f"damaged: {folder} is not a folder")
            elif os.path.lexists(place):
                self.names[folder] = [n for n in sorted(os.listdir(place)) if re.fullmatch(form, n) or fault(f"extra: {folder}/{n}")]
        self.names["."] = [n for n in os.listdir(path) if n == "journal"]  # of version 1
        for name in self.names["chains"]:
            self.read_chain(*name.split("."))
        for (folder, name), pieces in self.pieces.items():
            pieces.sort(key=lambda piece: piece[:2])
            if name in self.names[folder]:
                fault(f"extra: {folder}/{name}: it is in a log file too")
                self.names[folder].remove(name)
            if not all(gone for *_, gone in pieces):
                self.names[folder] = sorted([name, *self.names[folder]])
            if any(log in self.live for _, _, log, *_ in pieces) and not any(last for _, last, *_ in pieces):
                self.live.add(name)

    def read_chain(self, name, kind):
        file = f"{name}.{kind}"
        if kind == "chain":
            if f"{name}.evidence" in self.names["chains"]:
                fault(f"extra: chains/{file}: it has a log file too")
            self.chains.setdefault(name, self.read("chains", file))
            return
        data, lines = self.read("chains", file), []
        for pieces, entries in read_batches(file, data, file in self.live):
            lines.append(entries)
            for key, number, last, place, gone in pieces:
                self.pieces.setdefault(key, []).append((number, last, file, place, gone))
        self.chains[name] = b"".join(lines)

    def read(self, folder, name):
        path = os.path.join(self.path, folder, name)
        if name not in self.names[folder]:
            return None
        if (folder, name) in self.pieces:
            return b"".join(self.read_piece(log, *place) for _, _, log, place, _ in self.pieces[folder, name])
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return fault(f"damaged: {folder}/{name} is not a regular file") or b""
        with open(path, "rb") as file:
            try:
                fcntl and fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                self.live.add(name)
            return file.read()

    def read_piece(self, log, begin, end):
        with open(os.path.join(self.path, "chains", log), "rb") as file:
            file.seek(begin)
            return file.read(end - begin)

class Sealed:  # a record or an attachment
    def __init__(self, kind, name, store, keys):
        data, pieces = store.read("records", f"{name}.{kind}"), store.pieces.get(("records", f"{name}.{kind}"), [])
        self.kind, self.name, self.data, self.key, self.head, self.damage = kind, name, data, None, {}, None
        self.frames, self.content, self.end, self.at = [], b"", "interrupted", 0
        try:
            if self.read_head(keys, store.read("recovery", name + ".key") if kind == "record" else None):
                while self.at < len(data) and self.read_frame():
                    pass
            if [piece[:2] for piece in pieces] != [(n, pieces[-1][1] and n == len(pieces) - 1) for n in range(len(pieces))]:
                raise ValueError("its pieces are not one after the other")
        except BAD + (InvalidTag,) as error:
            self.damage = str(error) or "a tag is wrong"

    def read_head(self, keys, recovery):
        lines = self.data[:16384].split(b"\n", 2)
        if len(lines) < 3:  # the process died before verify was sent
            if len(self.data) >= 16384 or any(self.data) and not any(first.startswith(self.data[:21]) for first in FIRST):
                raise ValueError("the head is not right")
            return False
        self.at = len(lines[0]) + len(lines[1]) + 2
        self.version = 2 - FIRST.index(lines[0] + b"\n")
        self.head = parse(lines[1], HEAD[self.kind].replace("keys", "key salt" if self.version == 1 else "keys"))
        if (self.head["kind"], self.head["id"]) != (self.kind, self.name) or self.head["suite"] not in ("AES-256-GCM", "UNSAFE-PLAINTEXT"):
            raise ValueError("the head is not that of this file")
        digest = sha256(self.data[:self.at])
        if self.version == 1:
            secrets = {key.secret: bytes.fromhex(self.head["salt"]) for key in keys if key.id == self.head["key"]}
        else:
            secrets = [open_secret(sealed, self.kind, self.name, keys) for sealed in self.head["keys"]]
            secrets += [open_secret(parse(recovery, "to how sealed"), "recovery", self.name, keys)] if recovery and recovery[:1] != b"-" else []
            secrets = {secret: bytes(32) for secret in secrets if secret}  # and the salt
            if not 1 <= len(self.head["keys"]) <= 6 or len(secrets) > 1:
                raise ValueError("its sealed secrets differ, or are too many")
        for secret, salt in secrets.items():
            self.key = hkdf(secret, b"kakaocert evidence %d file" % self.version + digest, salt=salt)
        return True

    def read_frame(self):
        rest = self.data[self.at:self.at + 16384 + 25]
        if self.end != "interrupted":
            raise ValueError("bytes after the end")
        if len(rest) < 9:
            return False  # where a process died
        letter, length, check = struct.unpack(">cII", rest[:9])
        right = crc32c(rest[:5]) == check and length <= 16384 and (letter == b"H") == (not self.frames) \
            and letter in (b"H", b"D", b"C", b"A") and (letter, self.kind) != (b"A", "attachment")
        if right and len(rest) < 9 + length + 16:
            return False
        try:
            plain = self.open_frame(letter, rest[:9], rest[9:9 + length], rest[9 + length:25 + length]) if right else None
        except InvalidTag:
            right = False
        if not right:
            if not self.power_cut():
                raise ValueError(f"frame {len(self.frames)} is not right")
            return False
        self.frames.append((letter, plain))
        self.content += plain if plain and letter == b"D" else b""
        self.end = {b"C": "committed", b"A": "aborted"}.get(letter, "interrupted")
        if plain is not None and letter != b"D":
            names = FRAME[letter] if letter != b"H" else FRAME[letter][self.kind]
            self.frames[-1] = (letter, parse(plain, names))
        self.at += 25 + length
        return True

    def open_frame(self, letter, head, sealed, tag):
        nonce = (b"\1\0\0\0" if letter in b"CA" and self.version == 2 else bytes(4)) + struct.pack(">Q", len(self.frames))
        if self.key is None:
            return None
        if self.head["suite"] == "AES-256-GCM":
            return AESGCM(self.key).decrypt(nonce, sealed + tag, head)
        if not hmac.compare_digest(hmac256(self.key, nonce + head + sealed)[:16], tag):
            raise InvalidTag
        return sealed

    def power_cut(self):  # which may leave zeros in the place of sectors of the last piece
        rest = self.data[self.at:]
        lost = not any(rest) or len(rest) <= 1 << 20 and lost_sector(self.data, self.at)
        for at in range(len(rest) - 24):  # an end is written only after a sync
            letter, length, check = struct.unpack(">cII", rest[at:at + 9])
            if letter in (b"C", b"A") and at + 25 + length == len(rest) and crc32c(rest[at:at + 5]) == check:
                return False
        return lost

CRC = list(range(256))
for _ in range(8):
    CRC = [crc >> 1 ^ (0x82F63B78 if crc & 1 else 0) for crc in CRC]

def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF

# ---- Chains

class Chain:
    def __init__(self, name, data, keys):
        self.name, self.entries, self.digests, self.rank, seq, prev = name, [], {}, 0, 0, "0" * 64
        for number, line in enumerate(data.split(b"\n")[:-1], 1):  # a rest without a line feed is not an entry
            try:
                entry = self.read_entry(line, keys)
            except BAD as error:
                fault(f"damaged: chain {name}: line {number}: {error}")
                continue
            if entry["seq"] > seq + 1:
                fault(f"missing: chain {name}: entries {seq + 1} to {entry['seq'] - 1}")
            elif entry["seq"] <= seq or entry["prev"] != prev:
                fault(f"damaged: chain {name}: line {number} does not follow the one before")
            begins = entry["event"] in ("opened", "created")
            right = (entry["event"], entry.get("version")) == (("created", 1) if name == "journal" else ("opened", 2)) and entry.get("chain", name) == name
            if begins != (entry["seq"] == 1) or begins and not right:
                fault(f"damaged: chain {name}: line {number} must not be {entry['event']}")
            if entry["rank"] < self.rank:
                fault(f"damaged: chain {name}: line {number} has a key that is known to more people than the one before")
            self.rank, seq, prev = max(self.rank, entry["rank"]), entry["seq"], entry["digest"]
            self.entries.append(entry)
            self.digests[seq] = prev

    def read_entry(self, line, keys):
        digest, mac, text = line.split(b" ", 2)
        if len(line) > 8191 or sha256(text).hex().encode() != digest:
            raise ValueError("the digest is wrong")
        entry = parse(text, "seq prev at key event " + ENTRY[json.loads(text)["event"]])
        if any(re.fullmatch(FORM.get(name, ".*"), str(value)) is None or type(value) is not (int if name in INTEGERS else str)
               for name, value in entry.items()) or "record" in entry and "sha256" not in entry or ("outcome" in entry) != (entry["event"] == "ended"):
            raise ValueError("a name has a wrong value")
        key = {key.id: key for key in keys if isinstance(key, Key)}.get(entry["key"])
        if key and hmac256(key.journal if self.name == "journal" else key.mac, bytes.fromhex(digest.decode())).hex().encode() != mac:
            raise ValueError("the MAC is wrong")
        return dict({"bytes": 0}, **entry, digest=digest.decode(), chain_of=self.name, rank=key.rank if key else 0)

def head(chain, seq, digest): return f"{seq}:{digest}" if chain == "journal" else f"{chain}:{seq}:{digest}"

def audit_chains(chains):
    best = max([chain.rank for chain in chains.values()], default=0)
    linked, named = set(), {name: chain for name, chain in chains.items() if chain.entries}
    for entry in (e for chain in chains.values() for e in chain.entries if e["event"] == "linked"):
        there, (seq, _, digest) = named.get(entry["chain"]), entry["head"].partition(":")
        if there is None and entry["rank"] >= best:
            fault(f"missing: chain {entry['chain']}, which chain {entry['chain_of']} links")
        if there is None or entry["rank"] < there.rank:
            continue  # it does not count
        if head(there.name, seq, there.digests.get(int(seq))) != head(there.name, seq, digest):
            fault(f"cut: chain {there.name}: entry {seq}, which chain {entry['chain_of']} links, is not there")
        elif entry["rank"] > there.rank:
            linked.add(there.name)
    for chain in chains.values():
        if chain.entries and chain.rank == 0:
            report("unchecked", f"chain {chain.name}: its key was not given, so the MACs are not checked")
        if chain.entries and chain.rank < best and chain.name not in linked:
            fault(f"damaged: chain {chain.name}: somebody without the key may have put it there")

# ---- Records

def audit_record(name, entries, store, keys):  # returns what it is, the record, and its attachments
    begun = sorted((e for e in entries if e["event"] == "begun"), key=lambda e: -e["rank"])
    if not begun:
        fault(f"damaged: record {name} was not begun")
        return "not begun", None, []
    if len(begun) > 1:
        fault(f"damaged: record {name} is begun {len(begun)} times")
    if any(e["rank"] < begun[0]["rank"] for e in entries):
        fault(f"damaged: record {name}: an entry has a key that is known to more people than that of its beginning")
    entries = [e for e in entries if e["rank"] >= begun[0]["rank"]]
    ends, tombs, attached = ([e for e in entries if e["event"] == event] for event in ("ended", "purged", "attached"))
    if len({(e["outcome"], e["bytes"], e["sha256"]) for e in ends}) > 1 or len({e["chain_of"] for e in ends}) < len(ends):
        fault(f"damaged: record {name}: its ends differ, or one chain contains two")
    if any(e["chain_of"] == tomb["chain_of"] and e["seq"] > tomb["seq"] for tomb in tombs for e in entries):
        fault(f"damaged: record {name}: a chain contains something about it after its tombstone")
    if any((e["bytes"], e["sha256"]) != (tomb["bytes"], tomb["sha256"]) for tomb in tombs for e in ends):
        fault(f"damaged: record {name}: its tombstone is not that of the record that ended")
    objects = [f"{name}.record", f"{name}.key"] + [f"{e['attachment']}.attachment" for e in attached]
    if tombs:
        for left in set(objects) & {*store.names["records"], *store.names["recovery"]}:
            fault(f"extra: {left}: record {name} was purged")
        return f"purged at {tombs[0]['at']}: {tombs[0]['reason']}", None, []
    if name + ".record" not in store.names["records"]:
        fault(f"missing: record {name}")
        return "missing", None, []
    record = Sealed("record", name, store, keys)
    data, first = record.data, record.data[:begun[0]["bytes"]]
    if name + ".record" in store.live and not ends:
        record.end = "being written"
    if (len(first), sha256(first).hex()) != (begun[0]["bytes"], begun[0]["sha256"]):
        record.damage = "its beginning is not that which was entered"
    for end in ends:
        if (len(data), sha256(data).hex(), record.end) != (end["bytes"], end["sha256"], end["outcome"]):
            record.damage = "it is not as it was when it ended"
    attachments = []
    for entry in attached:
        if entry["attachment"] + ".attachment" not in store.names["records"]:
            fault(f"missing: attachment {entry['attachment']}")
            continue
        attachments.append(Sealed("attachment", entry["attachment"], store, keys))
        data = attachments[-1].data
        if (len(data), sha256(data).hex(), attachments[-1].head.get("record")) != (entry["bytes"], entry["sha256"], name) \
                or attachments[-1].end != "committed":
            attachments[-1].damage = "it is not as it was entered"
    for part in [record] + attachments:
        if part.damage:
            fault(f"damaged: {part.kind} {part.name}: {part.damage}")
        elif part.key is None:
            report("unchecked", f"{part.kind} {part.name}: no key opens it")
    return record.end, record, attachments

def audit_records(chains, store, keys, stamped, out):
    about, named = {}, set()
    for entry in (e for chain in chains.values() for e in chain.entries if "record" in e):
        about.setdefault(entry["record"], []).append(entry)
        file = entry["attachment"] + ".attachment" if entry["event"] == "attached" else entry["record"] + ".record"
        if entry["event"] == "attached" and file in named:
            fault(f"damaged: {file} is attached twice")
        named |= {file} if entry["event"] in ("begun", "attached") else set()
    for name in sorted(about):
        what, record, attachments = audit_record(name, about[name], store, keys)
        begun = [e for e in about[name] if e["event"] == "begun"] or [{}]
        report("record", f"{name} {begun[0].get('product', '')} {begun[0].get('tx_id', '')}: {what}")
        if out and record and record.key and not record.damage:
            end = ([e for e in about[name] if e["event"] == "ended"] or begun)[0]
            stamps = [number for number, covered in stamped if covered.get(end["chain_of"], 0) >= end["seq"]]
            write_out(os.path.join(out, name), record, attachments, {
                kind: store.read("checkpoints", f"{number}.{kind}") for number in stamps[:1] for kind in ("checkpoint", "stamp")})
    for file in sorted(set(store.names["records"]) - named):
        name, kind = file.split(".")
        left = Sealed(kind, name, store, keys)
        if file in store.live:
            report("record", f"{file}: being written")
        elif left.damage or kind == "record" and len(left.frames) > 1:
            fault(f"extra: {file}: no chain names it")
        else:
            report("record", f"{file}: a leftover of a crash, from before a chain named it")

# ---- Checkpoints

NOTE = re.compile(r"""(?P<text>(?P<origin>\S+)\n(?P<size>[1-9]\d*)\n(?P<root>\S+)\nnumber\ (?P<number>[1-9]\d*)\ntime\ \S+\n
                      (?P<edges>(edge\ \S+\n)+)(?P<chains>(chain\ \S+\ [1-9]\d*\n)+))\n(?P<signatures>(\u2014\ \S+\ \S+\n)+)""", re.X)

class Missing(ValueError): pass
class Cut(ValueError): pass

def parse_note(data, public, origin):
    note = NOTE.fullmatch(data.decode("utf-8", "replace"))
    if note is None:
        raise ValueError("it is not a checkpoint")
    if public and not any(signed(line, note, public, origin) for line in note["signatures"].splitlines()):
        fault(f"damaged: checkpoint {note['number']}: its signature is wrong")
    chains = [(chain, int(count)) for _, chain, count in (line.split(" ") for line in note["chains"].splitlines())]
    if chains != sorted(dict(chains).items()):
        raise ValueError("its chains are not in order")
    return {"number": int(note["number"]), "size": int(note["size"]), "root": note["root"], "edges": note["edges"].split()[1::2], "chains": chains}

def signed(line, note, public, origin):
    text = note["text"]
    if note["origin"] != origin or not line.startswith(f"\u2014 {origin} "):
        return False
    try:
        signature = base64.b64decode(line.split(" ")[2])
        if isinstance(public, ed25519.Ed25519PublicKey):
            raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            public.verify(signature[4:], text.encode())
            return signature[:4] == sha256(origin.encode() + b"\n\1" + raw)[:4]
        info = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        public.verify(signature[4:], text.encode(), ec.ECDSA(hashes.SHA256()))
        return signature[:4] == sha256(info)[:4]
    except (InvalidSignature, ValueError):
        return False

def stamps(token, note):  # whether the token is one DER value with a digest of the note; OpenSSL checks the rest
    size = int.from_bytes(token[2:2 + (token[1] & 127)], "big") + 2 + (token[1] & 127) if len(token) > 2 and token[1] & 128 else 0
    return token[:1] == b"0" and size == len(token) <= 131072 and any(
        hashlib.new(algorithm, note).digest() in token for algorithm in ("sha256", "sha384", "sha512"))

class Tree:  # the Merkle tree of RFC 6962, 2.1
    def __init__(self):
        self.edges, self.covered = [], {}  # size and hash of the complete subtrees; how many entries of each chain

    def add(self, leaf):
        self.edges.append((1, sha256(b"\0" + leaf.encode())))
        while len(self.edges) > 1 and self.edges[-1][0] == self.edges[-2][0]:
            (size, right), (_, left) = self.edges.pop(), self.edges.pop()
            self.edges.append((2 * size, sha256(b"\1" + left + right)))

    def grow(self, note, chains):
        for chain, count in note["chains"]:
            if count <= self.covered.get(chain, 0):
                raise ValueError(f"chain {chain} has not grown")
            for seq in range(self.covered.get(chain, 0) + 1, count + 1):
                if chain not in chains or seq not in chains[chain].digests:
                    raise Cut(f"entry {seq} of chain {chain}, which it covers, is not there")
                self.add(head(chain, seq, chains[chain].digests[seq]))
            self.covered[chain] = count
        hashes = [right for _, right in self.edges]
        root = hashes[-1]
        for left in hashes[-2::-1]:
            root = sha256(b"\1" + left + root)
        if sum(size for size, _ in self.edges) != note["size"] or [note["root"]] + note["edges"] != [base64.b64encode(h).decode() for h in [root] + hashes]:
            raise ValueError("its root is another: an entry was replaced")

def audit_checkpoints(chains, store, known, public, origin):  # returns the checkpoints with a stamp, and what they cover
    notes, tree, stamped = {}, Tree(), []
    for name in store.names["checkpoints"]:
        number = int(name[:20])
        try:
            if not name.endswith(".stamp"):
                notes[number] = parse_note(store.read("checkpoints", name), public, origin)
            elif f"{number:020}.checkpoint" not in store.names["checkpoints"]:
                fault(f"extra: {name} is of no checkpoint")
            elif not stamps(store.read("checkpoints", name), store.read("checkpoints", f"{number:020}.checkpoint")):
                fault(f"damaged: {name} is not a stamp of its checkpoint")
        except ValueError as error:
            fault(f"damaged: checkpoint {number}: {error}")
    try:
        for number in range(1, max([int(name[:20]) for name in store.names["checkpoints"] if name.endswith(".checkpoint")], default=0) + 1):
            if number not in notes:
                raise Missing("it cannot be read")
            if notes[number]["number"] != number:
                raise ValueError("it has another number")
            tree.grow(notes[number], chains)
            if f"{number:020}.stamp" in store.names["checkpoints"]:
                stamped.append((f"{number:020}", dict(tree.covered)))
    except ValueError as error:
        fault(f"{type(error).__name__.lower() if isinstance(error, (Missing, Cut)) else 'damaged'}: checkpoint {number}: {error}")
    for note in (parse_note(text, public, origin) for text in known):
        there = notes.get(note["number"])
        if there is None:
            fault(f"cut: checkpoint {note['number']}, which was kept elsewhere, is not there")
        elif (there["size"], there["root"]) != (note["size"], note["root"]):
            fault(f"damaged: checkpoint {note['number']} is another than the one that was kept elsewhere")
    if notes and not public:
        report("unchecked", "the signatures of the checkpoints: no --checkpoint-key")
    return stamped

# ---- What is written for OpenSSL

def signatures_in(value):  # every SignedData in the answer, in order
    if isinstance(value, str):
        try:
            der = base64.b64decode(value, validate=True)
        except ValueError:
            return []
        return [der] if bytes.fromhex("06092a864886f70d010702") in der[:20] else []
    return [der for v in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else []) for der in signatures_in(v)]

def pem(label, data):
    return data if data.startswith(b"-----") else f"-----BEGIN {label}-----\n{base64.encodebytes(data).decode()}-----END {label}-----\n".encode()

def seconds(at): return str(calendar.timegm(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S"))).encode()  # for -attime

def write_out(folder, record, attachments, stamp):
    files = dict(stamp, **{"answer.json": record.content, "time": seconds(record.head["at"])})
    try:
        files.update({f"signature-{n:03}.p7s": der for n, der in enumerate(signatures_in(json.loads(record.content)), 1)})
    except (ValueError, RecursionError):
        pass  # an answer that was cut off, or is not JSON
    for attachment in (a for a in attachments if a.key and not a.damage):
        if attachment.frames[0][1].get("name") != "check":
            files[attachment.name + ".attachment"] = attachment.content
            continue
        check = json.loads(attachment.content)
        certificates, crls, answers = ([base64.b64decode(item) for item in check.get(name) or []] for name in ("certificates", "crls", "ocsp"))
        files.update({"check.json": attachment.content, "time": seconds(check["at"]), "crls.pem": b"".join(pem("X509 CRL", der) for der in crls)})
        files.update({f"certificate-{n:03}.pem": pem("CERTIFICATE", der) for n, der in enumerate(certificates, 1)})
        files.update({f"ocsp-{n:03}.der": der for n, der in enumerate(answers, 1)})
    os.makedirs(folder)
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)

# ---- The call

def audit(directory, keys, private=(), public=None, origin=None, known=(), since=(), out=None):
    if out:
        os.makedirs(out)
    for texts in found.values():
        texts.clear()
    keys, store = [Key(bytes(32))] + [Key(key) for key in keys] + [Private(pem) for pem in private], Store(directory)
    public = public and serialization.load_pem_public_key(public)
    chains = {name: Chain(name, data, keys) for name, data in store.chains.items()}
    chains.update({"journal": Chain("journal", store.read(".", name), keys) for name in store.names["."]})
    audit_chains(chains)
    stamped = audit_checkpoints(chains, store, known, public, origin)
    audit_records(chains, store, keys, stamped, out)
    heads = {head(chain.name, seq, digest) for chain in chains.values() for seq, digest in chain.digests.items()}
    for text in set(since) - heads:
        fault(f"cut: head {text} is not there")
    print(f"faults: {len(found['fault'])}, not checked: {len(found['unchecked'])}")
    return 1 if found["fault"] else 3 if found["unchecked"] else 0

def read_file(path):
    with open(path, "rb") as file:
        return file.read()

def read_key(path):
    text = read_file(path)
    if len(text) == 32:
        return text
    return bytes.fromhex(text.decode()) if len(text.strip()) == 64 else base64.b64decode(text)

def main():
    call = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    call.add_argument("directory", metavar="DIR")
    several = {"action": "append", "default": [], "metavar": "FILE"}
    call.add_argument("--key-file", **several, help="a key of the writers: 32 bytes, or their Base64 or hex")
    call.add_argument("--archive-key", **several, help="the private key of a recipient, PEM")
    call.add_argument("--checkpoint-key", metavar="FILE", help="the public key of the checkpoints, PEM")
    call.add_argument("--origin", metavar="NAME", help="the name for which that key signs")
    call.add_argument("--checkpoint", **several, help="a checkpoint that was kept elsewhere")
    call.add_argument("--since", action="append", default=[], metavar="HEAD", help="a head that was kept elsewhere: CHAIN:SEQ:DIGEST")
    call.add_argument("--out", metavar="FOLDER", help="write what opens into this new folder, for OpenSSL")
    given = call.parse_args()
    if bool(given.checkpoint_key) != bool(given.origin):
        call.error("--checkpoint-key and --origin belong together")
    os.umask(0o077)
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.exit(audit(given.directory, [read_key(path) for path in given.key_file], [read_file(path) for path in given.archive_key],
                       given.checkpoint_key and read_file(given.checkpoint_key), given.origin,
                       [read_file(path) for path in given.checkpoint], given.since, given.out))
    except (OSError, ValueError) as error:
        call.error(str(error))

if __name__ == "__main__":
    main()
