#include "passwords.h"

#include <string.h>

#include "board.h"
#include "secrets.h"

/* Rounds of PBKDF2: half a second on a board. Tests hold no real password, so they set fewer. */
#ifndef ROUNDS
#define ROUNDS 10000u
#endif

_Static_assert(sizeof(struct passwords) == SECRET_BYTES, "both passwords fill a secret");
_Static_assert(sizeof(struct password) == SECRET_BYTES, "as builds before HAL version 5 kept it");

/*
 * A value of SECRET_PASSWORDS that is no password. While it is there, the older secrets do not
 * count; so a power cut cannot bring one of them back while they are being forgotten.
 */
static const uint8_t NEITHER = 0;

/* Number of the secret in which a build before HAL version 5 kept this user's password. */
static enum secret older_secret(uint32_t who) { return (enum secret)(SECRET_PASSWORDS + who); }

/* Feeds the watchdog: several hashes in a row are slow, but none of them can hang. */
static bool hash_of(struct text password, const uint8_t *salt, size_t salt_bytes, uint32_t rounds,
                    uint8_t out[KEY_BYTES]) {
  board_watchdog_feed();
  return crypto_slow_hash(password.bytes, password.count, salt, salt_bytes, rounds, out);
}

static bool short_hash_of(struct text password, const struct passwords *kept, uint32_t who, uint8_t *out) {
  uint8_t salt[SALT_BYTES + 1], hash[KEY_BYTES];
  memcpy(salt, kept->salt, SALT_BYTES);
  salt[SALT_BYTES] = (uint8_t)who;
  bool done = hash_of(password, salt, sizeof salt, kept->rounds, hash);
  memcpy(out, hash, SHORT_HASH_BYTES);
  crypto_wipe(hash, sizeof hash);
  return done;
}

static int count_of(enum secret id) {
  const uint8_t *kept;
  return secrets_get(id, &kept);
}

/* If so, the older secrets do not count. */
static bool are_kept_together(void) { return count_of(SECRET_PASSWORDS) > 0; }
static bool has_older(void) {
  return count_of(older_secret(MENU_USER_OPERATOR)) > 0 || count_of(older_secret(MENU_USER_ADMINISTRATOR)) > 0;
}

/* Only while the older secrets do not count. If the flash fails, passwords_start tries again. */
static void forget_older(void) {
  for (uint32_t who = MENU_USER_OPERATOR; who <= MENU_USER_ADMINISTRATOR; who++)
    if (count_of(older_secret(who)) > 0) secrets_set(older_secret(who), NULL, 0);
}

void passwords_start(void) {
  if (are_kept_together()) forget_older();
}

bool passwords_set(struct text operator, struct text administrator) {
  struct passwords made = {.rounds = ROUNDS};
  bool done = crypto_random(made.salt, SALT_BYTES) &&
              short_hash_of(operator, &made, MENU_USER_OPERATOR, made.hashes[0]) &&
              short_hash_of(administrator, &made, MENU_USER_ADMINISTRATOR, made.hashes[1]) &&
              secrets_set(SECRET_PASSWORDS, (const uint8_t *)&made, sizeof made);
  crypto_wipe(&made, sizeof made);
  if (done) forget_older();
  return done;
}

bool passwords_forget(void) {
  if (has_older() && !secrets_set(SECRET_PASSWORDS, &NEITHER, sizeof NEITHER)) return false;
  forget_older();
  /* While one of the older secrets is left, NEITHER has to stay, or that one would count again. */
  return !has_older() && secrets_set(SECRET_PASSWORDS, NULL, 0);
}

bool password_present(uint32_t who) {
  int count = are_kept_together() ? count_of(SECRET_PASSWORDS) : count_of(older_secret(who));
  return count == SECRET_BYTES;
}

bool password_check(uint32_t who, struct text given, bool *right) {
  const uint8_t *kept;
  uint8_t hash[KEY_BYTES];
  bool done;
  *right = false;
  if (are_kept_together()) {
    struct passwords both;
    secrets_get(SECRET_PASSWORDS, &kept);
    memcpy(&both, kept, sizeof both);
    done = short_hash_of(given, &both, who, hash);
    *right = done && crypto_same(hash, both.hashes[who - 1], SHORT_HASH_BYTES);
    crypto_wipe(&both, sizeof both);
  } else {
    struct password one;
    secrets_get(older_secret(who), &kept);
    memcpy(&one, kept, sizeof one);
    done = hash_of(given, one.salt, SALT_BYTES, one.rounds, hash);
    *right = done && crypto_same(hash, one.hash, KEY_BYTES);
    crypto_wipe(&one, sizeof one);
  }
  crypto_wipe(hash, sizeof hash);
  return done;
}
