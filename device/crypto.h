/* The primitives that keys.c builds on: mbedTLS, and Hacl's Curve25519 that comes with it. Keys have 32 bytes throughout. */
#ifndef CRYPTO_H
#define CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_BYTES 32
#define NONCE_BYTES 12
#define TAG_BYTES 16

/* Starts the random generator (HMAC_DRBG of SP 800-90A over SHA-256) with 48 bytes of entropy and the count of starts. */
bool crypto_start(const uint8_t *entropy, uint32_t starts);
bool crypto_random(uint8_t *into, size_t count);

bool crypto_sha256(const uint8_t *bytes, size_t count, uint8_t out[KEY_BYTES]);
bool crypto_hmac(const uint8_t key[KEY_BYTES], const uint8_t *bytes, size_t count, uint8_t out[KEY_BYTES]);
/* HKDF-SHA256 (RFC 5869); a salt of NULL stands for none. */
bool crypto_hkdf(const uint8_t *salt, const uint8_t *input, size_t input_bytes, const uint8_t *info, size_t info_bytes,
                 uint8_t *out, size_t count);
/* PBKDF2-HMAC-SHA256 (RFC 8018). */
bool crypto_slow_hash(const uint8_t *password, size_t count, const uint8_t *salt, size_t salt_bytes, uint32_t rounds,
                      uint8_t out[KEY_BYTES]);

/* X25519 (RFC 7748). */
void crypto_public_key(const uint8_t key[KEY_BYTES], uint8_t out[KEY_BYTES]);
/* False where the secret is all zeros. */
bool crypto_agree(const uint8_t key[KEY_BYTES], const uint8_t peer[KEY_BYTES], uint8_t out[KEY_BYTES]);

/* ChaCha20-Poly1305 (RFC 8439), in place; the tag is behind `count` bytes. */
bool crypto_seal(const uint8_t key[KEY_BYTES], const uint8_t nonce[NONCE_BYTES], const uint8_t *ad, size_t ad_bytes,
                 uint8_t *bytes, size_t count);
bool crypto_open(const uint8_t key[KEY_BYTES], const uint8_t nonce[NONCE_BYTES], const uint8_t *ad, size_t ad_bytes,
                 uint8_t *bytes, size_t count);

/* In a time that does not depend on what differs. */
bool crypto_same(const uint8_t *one, const uint8_t *other, size_t count);
/* Is never left out by a compiler. */
void crypto_wipe(void *bytes, size_t count);

#endif
