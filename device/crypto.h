/*
 * The cryptography of the HAL: mbedTLS, and Hacl's Curve25519, which comes with it. All keys have
 * 32 bytes, all counts are in bytes. A function that returns bool returns false if mbedTLS fails.
 */
#ifndef CRYPTO_H
#define CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_BYTES 32
#define NONCE_BYTES 12
#define TAG_BYTES 16

/*
 * Seeds the random generator: HMAC_DRBG over SHA-256 (NIST SP 800-90A, 10.1.2). The seed is 48
 * bytes of entropy and the number of starts. Also gives mbedTLS its heap, which crypto_hmac,
 * crypto_hkdf and crypto_slow_hash need.
 */
bool crypto_start(const uint8_t *entropy, uint32_t starts);
/* Writes random bytes, fit for keys. */
bool crypto_random(uint8_t *into, size_t count);

/* SHA-256 (FIPS 180-4). */
bool crypto_sha256(const uint8_t *bytes, size_t count, uint8_t out[KEY_BYTES]);
/* HMAC-SHA256 (RFC 2104). */
bool crypto_hmac(const uint8_t key[KEY_BYTES], const uint8_t *bytes, size_t count, uint8_t out[KEY_BYTES]);
/* HKDF-SHA256 (RFC 5869). A salt has 32 bytes; NULL means no salt. Writes `count` bytes. */
bool crypto_hkdf(const uint8_t *salt, const uint8_t *input, size_t input_bytes, const uint8_t *info, size_t info_bytes,
                 uint8_t *out, size_t count);
/* PBKDF2-HMAC-SHA256 (RFC 8018, 5.2). */
bool crypto_slow_hash(const uint8_t *password, size_t count, const uint8_t *salt, size_t salt_bytes, uint32_t rounds,
                      uint8_t out[KEY_BYTES]);

/* Writes the X25519 public key of a private key (RFC 7748, 6.1). */
void crypto_public_key(const uint8_t key[KEY_BYTES], uint8_t out[KEY_BYTES]);
/* X25519 key agreement (RFC 7748, 6.1). Returns false if the shared secret is all zeros. */
bool crypto_agree(const uint8_t key[KEY_BYTES], const uint8_t peer[KEY_BYTES], uint8_t out[KEY_BYTES]);

/*
 * ChaCha20-Poly1305 (RFC 8439, 2.8), in place. `count` is the length of the text; the tag comes
 * right behind it, so `bytes` has room for `count` + TAG_BYTES. crypto_open returns false if the
 * bytes are not authentic.
 */
bool crypto_seal(const uint8_t key[KEY_BYTES], const uint8_t nonce[NONCE_BYTES], const uint8_t *ad, size_t ad_bytes,
                 uint8_t *bytes, size_t count);
bool crypto_open(const uint8_t key[KEY_BYTES], const uint8_t nonce[NONCE_BYTES], const uint8_t *ad, size_t ad_bytes,
                 uint8_t *bytes, size_t count);

/* Compares in constant time. */
bool crypto_same(const uint8_t *one, const uint8_t *other, size_t count);
/* Overwrites with zeros. No compiler may leave it out, as it may a memset. */
void crypto_wipe(void *bytes, size_t count);

#endif
