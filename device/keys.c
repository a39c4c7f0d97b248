#include "keys.h"

#include <string.h>

#include "crypto.h"
#include "secrets.h"

static uint8_t volatile_keys[KEY_SLOTS - DURABLE_SLOTS][KEY_BYTES];
static bool present[KEY_SLOTS - DURABLE_SLOTS];

void keys_start(void) {
  crypto_wipe(volatile_keys, sizeof volatile_keys);
  memset(present, 0, sizeof present);
}

const uint8_t *key_of(int32_t slot) {
  if (slot >= DURABLE_SLOTS) return present[slot - DURABLE_SLOTS] ? volatile_keys[slot - DURABLE_SLOTS] : NULL;
  const uint8_t *key;
  return secrets_get(SECRET_KEYS + slot, &key) == KEY_BYTES ? key : NULL;
}

bool key_set(int32_t slot, const uint8_t *key) {
  if (slot < DURABLE_SLOTS) return secrets_set(SECRET_KEYS + slot, key, KEY_BYTES);
  memcpy(volatile_keys[slot - DURABLE_SLOTS], key, KEY_BYTES);
  present[slot - DURABLE_SLOTS] = true;
  return true;
}

bool key_clear(int32_t slot) {
  if (slot < DURABLE_SLOTS) return secrets_set(SECRET_KEYS + slot, NULL, 0);
  crypto_wipe(volatile_keys[slot - DURABLE_SLOTS], KEY_BYTES);
  present[slot - DURABLE_SLOTS] = false;
  return true;
}
