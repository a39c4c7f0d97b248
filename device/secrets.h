/* Small values that outlive the power, each set in one atomic step: a log in two sectors of NOR flash. */
#ifndef SECRETS_H
#define SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include "hal.h"

/* What a value is: durable keys are 0 to 7, and so on. */
enum secret {
  SECRET_KEYS = 0,
  SECRET_REGISTERS = 8,
  SECRET_PASSWORDS = 16,
  /* How often the terminal was started. */
  SECRET_STARTS = 20,
  /* `struct failures`. */
  SECRET_FAILURES = 21,
  SECRETS = 22,
};

/* How often the terminal was reset by a trap, a fault or its watchdog; of the last time, which (`enum hal_reset_cause`) and where (`board_failed_at`). */
struct failures {
  uint32_t count;
  uint32_t cause;
  uint32_t at;
};

#define SECRET_BYTES 52
#define REGISTER_COUNT (REGISTER_ANCHOR + 1u)

/* Reads the log. What a cut left in doubt is decided, once. False where the flash fails. */
bool secrets_start(void);
/* Answers the length of a value, 0 where it was never set, and where it lies until the next change. */
int secrets_get(enum secret id, const uint8_t **value);
/* Zeros where there was none. */
struct failures secrets_failures(void);
/*
 * At most SECRET_BYTES; none: forgets it, and what it ever was. True: it is durable. False: it is as it was; or it is forgotten, and
 * something of it may be left on flash until this is called again, or until the next start. Where the flash fails until that start, the
 * value may then be the one that was to be set.
 */
bool secrets_set(enum secret id, const uint8_t *value, int count);

#endif
