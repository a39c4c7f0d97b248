#include "crypto.h"

#include <string.h>

/* Hacl's headers need this if the compiler has no 128-bit integers. Hacl's own code sets it. */
#ifndef __SIZEOF_INT128__
#define KRML_VERIFIED_UINT128
#endif
#include "everest/Hacl_Curve25519.h"
#include "mbedtls/chachapoly.h"
#include "mbedtls/hkdf.h"
#include "mbedtls/hmac_drbg.h"
#include "mbedtls/md.h"
#include "mbedtls/memory_buffer_alloc.h"
#include "mbedtls/pkcs5.h"
#include "mbedtls/platform_util.h"
#include "mbedtls/sha256.h"

#include "mbedtls/constant_time.h"

static mbedtls_hmac_drbg_context generator;
/*
 * The heap of mbedTLS. Only contexts of HMAC are on it: that of the generator stays, that of a
 * call is freed before the call returns.
 */
static unsigned char pool[2048] __attribute__((aligned(8)));

static const mbedtls_md_info_t *sha256(void) { return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256); }

bool crypto_start(const uint8_t *entropy, uint32_t starts) {
  uint8_t seed[48 + sizeof starts];
  memcpy(seed, entropy, 48);
  memcpy(seed + 48, &starts, sizeof starts);
  mbedtls_memory_buffer_alloc_init(pool, sizeof pool);
  mbedtls_hmac_drbg_init(&generator);
  int result = mbedtls_hmac_drbg_seed_buf(&generator, sha256(), seed, sizeof seed);
  crypto_wipe(seed, sizeof seed);
  return result == 0;
}

bool crypto_random(uint8_t *into, size_t count) {
  while (count > 0) {
    size_t some = count < MBEDTLS_HMAC_DRBG_MAX_REQUEST ? count : MBEDTLS_HMAC_DRBG_MAX_REQUEST;
    if (mbedtls_hmac_drbg_random(&generator, into, some) != 0) return false;
    into += some;
    count -= some;
  }
  return true;
}

bool crypto_sha256(const uint8_t *bytes, size_t count, uint8_t out[KEY_BYTES]) {
  return mbedtls_sha256_ret(bytes, count, out, 0) == 0;
}

bool crypto_hmac(const uint8_t key[KEY_BYTES], const uint8_t *bytes, size_t count, uint8_t out[KEY_BYTES]) {
  return mbedtls_md_hmac(sha256(), key, KEY_BYTES, bytes, count, out) == 0;
}

bool crypto_hkdf(const uint8_t *salt, const uint8_t *input, size_t input_bytes, const uint8_t *info, size_t info_bytes,
                 uint8_t *out, size_t count) {
  return mbedtls_hkdf(sha256(), salt, salt ? KEY_BYTES : 0, input, input_bytes, info, info_bytes, out, count) == 0;
}

bool crypto_slow_hash(const uint8_t *password, size_t count, const uint8_t *salt, size_t salt_bytes, uint32_t rounds,
                      uint8_t out[KEY_BYTES]) {
  mbedtls_md_context_t context;
  mbedtls_md_init(&context);
  bool done = mbedtls_md_setup(&context, sha256(), 1) == 0 &&
              mbedtls_pkcs5_pbkdf2_hmac(&context, password, count, salt, salt_bytes, rounds, KEY_BYTES, out) == 0;
  mbedtls_md_free(&context);
  return done;
}

void crypto_public_key(const uint8_t key[KEY_BYTES], uint8_t out[KEY_BYTES]) {
  static const uint8_t base[KEY_BYTES] = {9};
  crypto_agree(key, base, out);
}

bool crypto_agree(const uint8_t key[KEY_BYTES], const uint8_t peer[KEY_BYTES], uint8_t out[KEY_BYTES]) {
  static const uint8_t zeros[KEY_BYTES];
  /* Copies, since Hacl's parameters are not const. */
  uint8_t secret[KEY_BYTES], point[KEY_BYTES];
  memcpy(secret, key, KEY_BYTES);
  memcpy(point, peer, KEY_BYTES);
  Hacl_Curve25519_crypto_scalarmult(out, secret, point);
  crypto_wipe(secret, KEY_BYTES);
  return !crypto_same(out, zeros, KEY_BYTES);
}

bool crypto_seal(const uint8_t key[KEY_BYTES], const uint8_t nonce[NONCE_BYTES], const uint8_t *ad, size_t ad_bytes,
                 uint8_t *bytes, size_t count) {
  mbedtls_chachapoly_context context;
  mbedtls_chachapoly_init(&context);
  bool done =
      mbedtls_chachapoly_setkey(&context, key) == 0 &&
      mbedtls_chachapoly_encrypt_and_tag(&context, count, nonce, ad, ad_bytes, bytes, bytes, bytes + count) == 0;
  mbedtls_chachapoly_free(&context);
  return done;
}

bool crypto_open(const uint8_t key[KEY_BYTES], const uint8_t nonce[NONCE_BYTES], const uint8_t *ad, size_t ad_bytes,
                 uint8_t *bytes, size_t count) {
  mbedtls_chachapoly_context context;
  mbedtls_chachapoly_init(&context);
  bool authentic =
      mbedtls_chachapoly_setkey(&context, key) == 0 &&
      mbedtls_chachapoly_auth_decrypt(&context, count, nonce, ad, ad_bytes, bytes + count, bytes, bytes) == 0;
  mbedtls_chachapoly_free(&context);
  return authentic;
}

bool crypto_same(const uint8_t *one, const uint8_t *other, size_t count) {
  return mbedtls_ct_memcmp(one, other, count) == 0;
}

void crypto_wipe(void *bytes, size_t count) { mbedtls_platform_zeroize(bytes, count); }
