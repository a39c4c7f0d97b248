/* Keys behind numbers, registers and passwords, as docs/HAL.md has them. Nothing here answers a key. */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "hal.h"

/* The key of a slot, NULL where there is none; for imports.c, which uses it within one call. */
const uint8_t *key_of(int32_t slot);
bool key_set(int32_t slot, const uint8_t *key);
bool key_clear(int32_t slot);
/* Takes the durable keys from the log. */
void keys_start(void);

#endif
