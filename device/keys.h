/*
 * Key slots (docs/HAL.md, "Keys"): slots 0 to 7 are durable, in the log of secrets; the others
 * are in RAM. Callers check slot numbers: 0 to SIZE_KEY_SLOTS - 1. Keys have 32 bytes.
 */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "hal.h"

/*
 * Returns the key of a slot, NULL if the slot has none. Only imports.c may call it: no import
 * returns a key to the firmware. The pointer is valid until the slot changes.
 */
const uint8_t *key_of(int32_t slot);
/* Return true if the change is done; durable slots can fail, as secrets_set says. */
bool key_set(int32_t slot, const uint8_t *key);
bool key_clear(int32_t slot);
/* Empties the slots that are in RAM. */
void keys_start(void);

#endif
