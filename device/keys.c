#include "keys.h"

#include <string.h>

#include "crypto.h"
#include "secrets.h"

static uint8_t volatile_keys[SIZE_KEY_SLOTS - SIZE_DURABLE_KEY_SLOTS][KEY_BYTES];
static bool present[SIZE_KEY_SLOTS - SIZE_DURABLE_KEY_SLOTS];

void keys_start(void) {
  crypto_wipe(volatile_keys, sizeof volatile_keys);
  memset(present, 0, sizeof present);
}

const uint8_t *key_of(int32_t slot) {
  if (slot >= SIZE_DURABLE_KEY_SLOTS)
    return present[slot - SIZE_DURABLE_KEY_SLOTS] ? volatile_keys[slot - SIZE_DURABLE_KEY_SLOTS] : NULL;
  const uint8_t *key;
  return secrets_get(SECRET_KEYS + slot, &key) == KEY_BYTES ? key : NULL;
}

bool key_set(int32_t slot, const uint8_t *key) {
  if (slot < SIZE_DURABLE_KEY_SLOTS) return secrets_set(SECRET_KEYS + slot, key, KEY_BYTES);
  memcpy(volatile_keys[slot - SIZE_DURABLE_KEY_SLOTS], key, KEY_BYTES);
  present[slot - SIZE_DURABLE_KEY_SLOTS] = true;
  return true;
}

bool key_clear(int32_t slot) {
  if (slot < SIZE_DURABLE_KEY_SLOTS) return secrets_set(SECRET_KEYS + slot, NULL, 0);
  crypto_wipe(volatile_keys[slot - SIZE_DURABLE_KEY_SLOTS], KEY_BYTES);
  present[slot - SIZE_DURABLE_KEY_SLOTS] = false;
  return true;
}
