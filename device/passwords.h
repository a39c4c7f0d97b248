/* The two passwords of the terminal's menu, kept as slow hashes (PBKDF2) among the secrets. */
#ifndef PASSWORDS_H
#define PASSWORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "hal.h"

/* Users of the menu: `who` is MENU_USER_OPERATOR or MENU_USER_ADMINISTRATOR. */
#define MENU_USERS 2

#define SALT_BYTES 16
/* A hash is cut to this length, so that two of them fit into one secret. */
#define SHORT_HASH_BYTES 16

/*
 * Both passwords in one secret, SECRET_PASSWORDS, so that one step sets both. Each hash has a
 * salt of its own: these bytes, and one more with the user's number.
 */
struct passwords {
  uint8_t salt[SALT_BYTES];
  uint32_t rounds;
  uint8_t hashes[MENU_USERS][SHORT_HASH_BYTES];
};

/*
 * One password in a secret of its own, SECRET_PASSWORDS + the user's number, as builds before HAL
 * version 5 kept it. It counts until both passwords are set or forgotten.
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

/* Finishes what a power cut or a failure of the flash interrupted. Call it after secrets_start. */
void passwords_start(void);
/*
 * Sets both passwords in one step. If it returns false, the old ones hold; but if the flash goes
 * on failing until the next start, the new ones may hold after it.
 */
bool passwords_set(struct text operator, struct text administrator);
/*
 * Forgets both passwords in one step. If it returns false, either both still hold, or both are
 * forgotten and a part of them may be left on flash until the next start or change.
 */
bool passwords_forget(void);
bool password_present(uint32_t who);
/*
 * Writes to `right` whether `given` is the password of `who`, who must have one. Returns false if
 * the cryptography fails. Takes as long for a wrong password as for the right one.
 */
bool password_check(uint32_t who, struct text given, bool *right);

#endif
