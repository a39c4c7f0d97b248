/* The two passwords of the terminal's menu, as slow hashes among the secrets. */
#ifndef PASSWORDS_H
#define PASSWORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "hal.h"

#define PEOPLE 2

#define SALT_BYTES 16
/* Of a hash, as much as fits twice into one secret. */
#define SHORT_HASH_BYTES 16

/*
 * Both in one secret, `SECRET_PASSWORDS`, so that one step sets both. The salt of each has the person's
 * number behind these bytes.
 */
struct passwords {
  uint8_t salt[SALT_BYTES];
  uint32_t rounds;
  uint8_t hashes[PEOPLE][SHORT_HASH_BYTES];
};

/*
 * One alone, `SECRET_PASSWORDS` + MENU_USER_OPERATOR or MENU_USER_ADMINISTRATOR: earlier builds kept them so. They count until
 * both are set or forgotten.
 */
struct password {
  uint8_t salt[SALT_BYTES];
  uint32_t rounds;
  uint8_t hash[KEY_BYTES];
};

struct text {
  const uint8_t *bytes;
  size_t count;
};

/* Goes on with what a cut or a failure has left undone. */
void passwords_start(void);
/*
 * Sets both in one step. False: the old ones hold; if the flash fails until the next start, the new ones
 * may hold then.
 */
bool passwords_set(struct text operator, struct text administrator);
/*
 * Forgets both in one step. False: they hold, or something of them may be left on flash until the next
 * start or change.
 */
bool passwords_forget(void);
bool password_present(uint32_t who);
/* False if that cannot be found out. */
bool password_check(uint32_t who, struct text given, bool *right);

#endif
