/*
 * Sets and forgets both passwords of device/passwords.c. Cuts the power, and makes the flash
 * fail, in every program and every erase of that; also on flash that an earlier build wrote.
 * After that, either both passwords are as before the step or both are as after it, and no later
 * start changes which. No hash that does not count can be read on the flash.
 */
#define _GNU_SOURCE
#include "passwords.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flash.h"
#include "secrets.h"

/*
 * The passwords before the step: none; both, or only one, of a build before HAL version 5; both
 * of this build; both of this build, with those of the older build still on flash.
 */
enum before { NONE, OLDER, OLDER_ALONE, TOGETHER, LEFT_OVER, BEFORES };
enum step { SET, FORGET, STEPS };
/* `fill`, the number of cells used before the step, stays below this: a sector has 32. */
#define FILLS 30

static const char *const PASSWORDS[2][MENU_USERS] = {{"123456", "sesame-0"}, {"654321", "sesame-1"}};

static struct text text_of(const char *of) { return (struct text){(const uint8_t *)of, strlen(of)}; }
static struct text password(int is_new, uint32_t who) { return text_of(PASSWORDS[is_new][who - 1]); }

/* Hashes that were made so far. */
struct hash {
  uint8_t bytes[KEY_BYTES];
  size_t count;
};
static struct hash past[6];
static int pasts;

static void remember(const uint8_t *bytes, size_t count) {
  memcpy(past[pasts].bytes, bytes, count);
  past[pasts++].count = count;
}

/* Sets the old password as a build before HAL version 5 did. */
static void set_older(uint32_t who) {
  struct password kept = {.rounds = 3};
  memset(kept.salt, 0x40 + (int)who, SALT_BYTES);
  struct text of = password(0, who);
  if (!crypto_slow_hash(of.bytes, of.count, kept.salt, SALT_BYTES, kept.rounds, kept.hash)) abort();
  if (!secrets_set(SECRET_PASSWORDS + who, (const uint8_t *)&kept, sizeof kept)) abort();
  remember(kept.hash, KEY_BYTES);
}

static void remember_both(void) {
  const uint8_t *kept;
  struct passwords both;
  if (secrets_get(SECRET_PASSWORDS, &kept) != sizeof both) abort();
  memcpy(&both, kept, sizeof both);
  for (int i = 0; i < MENU_USERS; i++) remember(both.hashes[i], SHORT_HASH_BYTES);
}

static bool set(int is_new) {
  return passwords_set(password(is_new, MENU_USER_OPERATOR), password(is_new, MENU_USER_ADMINISTRATOR));
}
static bool take(enum step step) { return step == SET ? set(1) : passwords_forget(); }

/* Makes a log with `fill` cells used, and sets the passwords that there are before the step. */
static void prepare(enum before before, int fill) {
  static const uint8_t entropy[48], some[4] = {1, 2, 3, 4};
  arm(NO_CUT);
  failing.first = failing.last = -1;
  memset(flash, 0xff, sizeof flash);
  weak.address = -1;
  pasts = 0;
  if (!secrets_start() || !crypto_start(entropy, 1)) abort();
  for (int i = 0; i < fill; i++)
    if (!secrets_set(SECRET_REGISTERS, some, sizeof some)) abort();
  if (before == TOGETHER || before == LEFT_OVER) {
    if (!set(0)) abort();
    remember_both();
  }
  if (before == OLDER || before == OLDER_ALONE || before == LEFT_OVER) set_older(MENU_USER_OPERATOR);
  if (before == OLDER || before == LEFT_OVER) set_older(MENU_USER_ADMINISTRATOR);
}

/* For each user: 0 no password, 1 the old one, 2 the new one, 9 anything else. */
struct state {
  int of[MENU_USERS];
};
static struct state state(void) {
  struct state now;
  for (uint32_t who = MENU_USER_OPERATOR; who <= MENU_USER_ADMINISTRATOR; who++) {
    bool is_right[2] = {false, false};
    int *found = &now.of[who - 1];
    *found = 0;
    if (!password_present(who)) continue;
    for (int is_new = 0; is_new < 2; is_new++)
      if (!password_check(who, password(is_new, who), &is_right[is_new])) abort();
    *found = is_right[0] == is_right[1] ? 9 : is_right[0] ? 1 : 2;
  }
  return now;
}
static struct state state_before(enum before before) {
  if (before == NONE) return (struct state){{0, 0}};
  return (struct state){{1, before == OLDER_ALONE ? 0 : 1}};
}
static struct state state_after(enum step step) {
  return step == SET ? (struct state){{2, 2}} : (struct state){{0, 0}};
}
static bool is(struct state one, struct state other) { return one.of[0] == other.of[0] && one.of[1] == other.of[1]; }

static bool is_kept(const struct hash *hash) {
  const uint8_t *kept;
  int together = secrets_get(SECRET_PASSWORDS, &kept);
  if (together > 0) return memmem(kept, (size_t)together, hash->bytes, hash->count) != NULL;
  for (uint32_t who = MENU_USER_OPERATOR; who <= MENU_USER_ADMINISTRATOR; who++) {
    int count = secrets_get(SECRET_PASSWORDS + who, &kept);
    if (count > 0 && memmem(kept, (size_t)count, hash->bytes, hash->count)) return true;
  }
  return false;
}
/* Returns true if a hash that does not count can be read on the flash. */
static bool is_left(void) {
  for (int i = 0; i < pasts; i++)
    if (!is_kept(&past[i]) && memmem(flash, sizeof flash, past[i].bytes, past[i].count)) return true;
  return false;
}

static int failures, cases;
static struct {
  enum before before;
  enum step step;
  int fill, at, last, how;
  unsigned part;
} now;
static void check(bool holds, const char *what) {
  if (holds || failures++ >= 20) return;
  fprintf(stderr, "%s: before %d, step %d, fill %d, operations %d to %d, how %d, part %u\n", what, now.before, now.step,
          now.fill, now.at, now.last, now.how, now.part);
}

static void start(void) {
  arm(NO_CUT);
  if (!secrets_start()) abort();
  passwords_start();
}

/*
 * Checks, over three starts, that both passwords are as before the step or both are as after it;
 * then that they can be forgotten. `must_be_after`: the step succeeded, so they are as after it.
 */
static void verify(bool must_be_after) {
  struct state before = state_before(now.before), after = state_after(now.step), first = {{9, 9}};
  cases++;
  for (int round = 0; round < 3; round++) {
    start();
    struct state found = state();
    check(is(found, after) || (!must_be_after && is(found, before)), "the step is only half done");
    if (round == 0) first = found;
    check(is(found, first), "a later start changed the passwords");
    check(!is_left(), "an old hash is still on flash");
  }
  check(passwords_forget(), "the passwords cannot be forgotten");
  check(is(state(), (struct state){{0, 0}}), "a password still counts after both were forgotten");
  check(!is_left(), "a hash is still on flash after both passwords were forgotten");
  start();
  check(is(state(), (struct state){{0, 0}}), "a start brought a forgotten password back");
}

/* Takes the step. Returns true if the cut ended it. */
static bool is_cut(struct cut cut) {
  arm(cut);
  if (setjmp(power)) return true;
  take(now.step);
  return false;
}

/*
 * Takes the step without a cut. Returns how many operations it takes. Remembers the new hashes,
 * which are the same each time, since the random generator has the same seed.
 */
static int measure(struct hash made[MENU_USERS]) {
  prepare(now.before, now.fill);
  check(is(state(), state_before(now.before)), "a password from before the step does not count");
  arm(NO_CUT);
  check(take(now.step), "the step failed");
  int count = operations;
  check(is(state(), state_after(now.step)), "the step had no effect");
  check(!is_left(), "the step left an old hash on flash");
  if (now.step == SET) {
    pasts = 0;
    remember_both();
    memcpy(made, past, MENU_USERS * sizeof *made);
  }
  verify(true);
  return count;
}

static void prepare_for(const struct hash *made) {
  prepare(now.before, now.fill);
  if (now.step == SET)
    for (int i = 0; i < MENU_USERS; i++) remember(made[i].bytes, made[i].count);
  arm(NO_CUT);
}

static void try_cuts(int total, const struct hash *made) {
  now.last = -1;
  for (now.at = 0; now.at < total; now.at++) {
    for (now.how = 0; now.how < TEARS; now.how++) {
      for (unsigned part = 0; part < parts((enum tear)now.how, false); part++) {
        now.part = 1 + 7 * part;
        prepare_for(made);
        if (!is_cut((struct cut){.at = now.at, .tear = (enum tear)now.how, .part = now.part})) abort();
        verify(false);
      }
    }
  }
}

static void try_failures(int total, const struct hash *made) {
  now.part = 0;
  for (now.at = 0; now.at < total; now.at++) {
    for (now.how = 0; now.how < FAILURES; now.how++) {
      for (int count = 1; count <= 2 * total; count += count) {
        now.last = count > total ? INT_MAX : now.at + count - 1;
        prepare_for(made);
        failing.first = now.at;
        failing.last = now.last;
        failing.how = (enum failure)now.how;
        bool done = take(now.step);
        failing.first = failing.last = -1;
        struct state found = state();
        check(is(found, state_after(now.step)) || (!done && is(found, state_before(now.before))),
              "the step is only half done after a failure");
        if (now.step == SET && !done)
          check(is(found, state_before(now.before)), "the new passwords count although setting them failed");
        verify(done);
      }
    }
  }
}

int main(void) {
  for (now.before = 0; now.before < BEFORES; now.before++) {
    for (now.step = 0; now.step < STEPS; now.step++) {
      for (now.fill = 0; now.fill < FILLS; now.fill += 3) {
        struct hash made[MENU_USERS];
        now.at = now.last = -1;
        int total = measure(made);
        try_cuts(total, made);
        try_failures(total, made);
      }
    }
  }
  printf("{\"cases\":%d,\"failures\":%d}\n", cases, failures);
  return failures > 0;
}
