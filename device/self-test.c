#include "self-test.h"

#include <string.h>

#include "crypto.h"

#define INPUTS 4
#define LONGEST 160

struct bytes {
  const uint8_t *at;
  size_t count;
};

enum primitive { SHA256, HMAC, DERIVE, PUBLIC_KEY, AGREE, SEAL, OPEN };

struct vector {
  enum primitive primitive;
  struct bytes inputs[INPUTS];
  struct bytes output;
};

/* Defines `vectors`; the build makes it from host/emulator/self-test.ts. */
#include "vectors.h"

static bool run(const struct vector *vector, uint8_t out[LONGEST]) {
  const struct bytes *in = vector->inputs;
  switch (vector->primitive) {
    case SHA256:
      return crypto_sha256(in[0].at, in[0].count, out);
    case HMAC:
      return crypto_hmac(in[0].at, in[1].at, in[1].count, out);
    case DERIVE:
      return crypto_hkdf(NULL, in[0].at, in[0].count, in[1].at, in[1].count, out, KEY_BYTES);
    case PUBLIC_KEY:
      crypto_public_key(in[0].at, out);
      return true;
    case AGREE:
      return crypto_agree(in[0].at, in[1].at, out);
    case SEAL:
      memcpy(out, in[3].at, in[3].count);
      return crypto_seal(in[0].at, in[1].at, in[2].at, in[2].count, out, in[3].count);
    case OPEN:
      memcpy(out, in[3].at, in[3].count);
      return crypto_open(in[0].at, in[1].at, in[2].at, in[2].count, out, in[3].count - TAG_BYTES);
  }
  return false;
}

uint32_t self_test(void) {
  uint8_t out[LONGEST];
  for (uint32_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
    if (!run(&vectors[i], out) || memcmp(out, vectors[i].output.at, vectors[i].output.count) != 0) return i + 1;
  }
  return 0;
}
