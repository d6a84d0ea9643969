// Package cms reads and checks SignedData of the Cryptographic Message Syntax
// (RFC 5652) as strictly as a signature that is to hold for years deserves.
//
// BER is accepted in the envelope, because signers write it; what is signed or
// trusted (certificates, signed attributes) must be DER as received. Nothing
// here recurses on its input, and all work is linear in it and bounded.
package cms
