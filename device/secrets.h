/*
 * Small values that survive power cuts. Each is set in one atomic step, in a log in two sectors
 * of NOR flash (docs/PORTING.md, "Secrets on flash").
 */
#ifndef SECRETS_H
#define SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include "hal.h"

/* Number of a value. The first three each begin a range: SECRET_KEYS + the slot, and so on. */
enum secret {
  SECRET_KEYS = 0,
  SECRET_REGISTERS = 8,
  SECRET_PASSWORDS = 16,
  /* How often the terminal has started: u32. */
  SECRET_STARTS = 20,
  /* `struct failures`. */
  SECRET_FAILURES = 21,
  SECRETS = 22,
};

/* Resets by a trap, a fault or the watchdog. */
struct failures {
  uint32_t count;
  /* Of the last one: `enum hal_reset_cause`, and what board_failed_at returned. */
  uint32_t cause;
  uint32_t at;
};

/* The longest value. */
#define SECRET_BYTES 52
#define REGISTER_COUNT (REGISTER_MENU + 1u)

/*
 * Reads the log, and decides once and for all what a power cut left in doubt. Returns false if
 * the flash fails, or if its sectors are too small.
 */
bool secrets_start(void);
/*
 * Points `value` to a value and returns its length; 0 if it was never set or is forgotten. The
 * bytes are valid until the value changes.
 */
int secrets_get(enum secret id, const uint8_t **value);
/* Returns zeros if there was no failure so far. */
struct failures secrets_failures(void);
/*
 * Sets a value of at most SECRET_BYTES. If `count` is 0, forgets the value, and every earlier one
 * that is still on flash.
 *
 * Returns true once this is durable. If it returns false, the value is as it was; or, if `count`
 * is 0, it may be forgotten with a part of it left on flash. The next call, for any value, and
 * the next start try again to clear that part. If the flash goes on failing until the next start,
 * the change may turn out to be done after it.
 */
bool secrets_set(enum secret id, const uint8_t *value, int count);

#endif
