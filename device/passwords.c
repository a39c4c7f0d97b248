#include "passwords.h"

#include <string.h>

#include "board.h"
#include "secrets.h"

/* A replay, whose passwords nobody guesses, is built with fewer. */
#ifndef ROUNDS
#define ROUNDS 10000u
#endif

_Static_assert(sizeof(struct passwords) == SECRET_BYTES, "both fill a secret");
_Static_assert(sizeof(struct password) == SECRET_BYTES, "as earlier builds kept it");

/* Stands in the place of both while older ones are forgotten, so that these do not count meanwhile. */
static const uint8_t NEITHER = 0;

static enum secret older(uint32_t who) { return (enum secret)(SECRET_PASSWORDS + who); }

/* Takes about half a second, and comes to its end. */
static bool hash_of(struct text password, const uint8_t *salt, size_t salt_bytes, uint32_t rounds, uint8_t out[KEY_BYTES]) {
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

/* Older ones do not count then. */
static bool are_kept_together(void) { return count_of(SECRET_PASSWORDS) > 0; }
static bool has_older(void) { return count_of(older(MENU_USER_OPERATOR)) > 0 || count_of(older(MENU_USER_ADMINISTRATOR)) > 0; }

/* Once they count no more. What a failure of the flash leaves of it is done at the next start. */
static void forget_older(void) {
  for (uint32_t who = MENU_USER_OPERATOR; who <= MENU_USER_ADMINISTRATOR; who++)
    if (count_of(older(who)) > 0) secrets_set(older(who), NULL, 0);
}

void passwords_start(void) {
  if (are_kept_together()) forget_older();
}

bool passwords_set(struct text operator, struct text administrator) {
  struct passwords made = {.rounds = ROUNDS};
  bool done = crypto_random(made.salt, SALT_BYTES) && short_hash_of(operator, &made, MENU_USER_OPERATOR, made.hashes[0]) &&
              short_hash_of(administrator, &made, MENU_USER_ADMINISTRATOR, made.hashes[1]) &&
              secrets_set(SECRET_PASSWORDS, (const uint8_t *)&made, sizeof made);
  crypto_wipe(&made, sizeof made);
  if (done) forget_older();
  return done;
}

bool passwords_forget(void) {
  if (has_older() && !secrets_set(SECRET_PASSWORDS, &NEITHER, sizeof NEITHER)) return false;
  forget_older();
  /* One that is left would count again. */
  return !has_older() && secrets_set(SECRET_PASSWORDS, NULL, 0);
}

bool password_present(uint32_t who) {
  int count = are_kept_together() ? count_of(SECRET_PASSWORDS) : count_of(older(who));
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
    secrets_get(older(who), &kept);
    memcpy(&one, kept, sizeof one);
    done = hash_of(given, one.salt, SALT_BYTES, one.rounds, hash);
    *right = done && crypto_same(hash, one.hash, KEY_BYTES);
    crypto_wipe(&one, sizeof one);
  }
  crypto_wipe(hash, sizeof hash);
  return done;
}
