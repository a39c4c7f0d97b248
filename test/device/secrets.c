/*
 * Cuts the power, and makes the flash fail, in every program and every erase of a workload on
 * device/secrets.c, in many ways; after some of the cuts, also in the start that follows. After
 * that:
 * - each value is the one from before the change that was cut, or the one from after it, and no
 *   later start changes which;
 * - no key or password that was erased or replaced can be read on the flash;
 * - once all are erased, none can be read on the flash.
 */
#define _GNU_SOURCE
#include "secrets.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flash.h"

#define CHANGES 60
/* Four cells. */
#define ROOM_BYTES 256

struct value {
  uint8_t bytes[SECRET_BYTES];
  int count;
};
/* The values as they should be. */
static struct value model[SECRETS];
/* The change that is being made: its new value. */
static struct value wanted;
/* All keys and passwords that were ever set. */
static struct value past[CHANGES];
static int pasts;
/* Operations that the first start of the workload takes. */
static int starting;
/* The change that is being made: its id; -1: none. */
static int changing;
/* The first change that failed. If its program was done all the same, the flash has its value. */
static struct {
  int id;
  struct value value;
} doubtful = {.id = -1 /* none */};

/* A key slot that the workload does not use. */
#define NEVER_SET 7

static const int IDS[] = {
    0, 1, SECRET_REGISTERS + 1, SECRET_REGISTERS + 1, SECRET_REGISTERS + 2, SECRET_PASSWORDS + 1, SECRET_STARTS};

static void plan(int step) {
  changing = IDS[(step * 5 + step / 3) % (int)(sizeof IDS / sizeof *IDS)];
  wanted.count = step % 11 == 7 ? 0 : changing < SECRET_REGISTERS ? 32 : 4 + step % 40;
  for (int i = 0; i < SECRET_BYTES; i++)
    wanted.bytes[i] = i < wanted.count ? (uint8_t)((step + 3) * (i + 7) * 40503 >> 6) : 0;
}

static bool is(int id, const struct value *value) {
  const uint8_t *held;
  int count = secrets_get(id, &held);
  return count == value->count && memcmp(held, value->bytes, (size_t)count) == 0;
}

static bool set(int id, const struct value *value) { return secrets_set(id, value->bytes, value->count); }

static int failures, cases;
static void check(bool holds, const char *what, struct cut first, struct cut second) {
  if (holds) return;
  if (failures++ < 20)
    fprintf(stderr, "%s: operation %d, tear %d, part %u; then operation %d, tear %d, part %u\n", what, first.at,
            first.tear, first.part, second.at, second.tear, second.part);
}

static bool is_secret(int id) { return id < SECRET_REGISTERS || (id >= SECRET_PASSWORDS && id < SECRET_STARTS); }

static bool lies_on_flash(const struct value *key) {
  return memmem(flash, sizeof flash, key->bytes, (size_t)key->count) != NULL;
}

static bool is_held(const struct value *key) {
  for (int id = 0; id < SECRETS; id++)
    if (is_secret(id) && is(id, key)) return true;
  return false;
}

/* Returns true if a key or password that was erased or replaced can be read on the flash. */
static bool is_left(void) {
  for (int i = 0; i < pasts; i++)
    if (!is_held(&past[i]) && lies_on_flash(&past[i])) return true;
  return false;
}

/* Runs the workload on erased flash. Returns false if the cut ended it. */
static bool work(void) {
  memset(flash, 0xff, sizeof flash);
  memset(model, 0, sizeof model);
  pasts = 0;
  weak.address = -1;
  changing = -1;
  doubtful.id = -1;
  if (setjmp(power)) return false;
  if (!secrets_start()) abort();
  starting = operations;
  for (volatile int step = 0; step < CHANGES; step++) {
    plan(step);
    if (is_secret(changing) && wanted.count > 0) past[pasts++] = wanted;
    if (!set(changing, &wanted)) {
      check(failing.first >= 0 || worn.sector >= 0, "a change failed", NO_CUT, NO_CUT);
      if (doubtful.id < 0) {
        doubtful.id = changing;
        doubtful.value = wanted;
      }
      /* A value may be forgotten although secrets_set returned false. */
      if (is(changing, &model[changing])) continue;
      check(wanted.count == 0, "a change was made although it failed", NO_CUT, NO_CUT);
    } else if (failing.first < 0 || wanted.count == 0) {
      check(!is_left(), "an old key is still on flash", NO_CUT, NO_CUT);
    }
    model[changing] = wanted;
    changing = -1;
  }
  return true;
}

/* Starts. Returns false if the cut ended the start. */
static bool start(struct cut second) {
  arm(second);
  if (setjmp(power)) return false;
  if (!secrets_start()) abort();
  return true;
}

/*
 * Checks, over four starts and one more change, that the change that was cut is done or not done,
 * and that nothing else changed. Then erases all keys and passwords.
 */
static void verify(struct cut first, struct cut second) {
  int decided = -1;
  cases++;
  for (int round = 0; round < 4; round++) {
    arm(NO_CUT);
    check(start(NO_CUT), "a start failed", first, second);
    for (int id = 0; id < SECRETS; id++) {
      if (id != changing) check(is(id, &model[id]), "a value was lost", first, second);
    }
    if (changing >= 0) {
      bool before = is(changing, &model[changing]), after = is(changing, &wanted);
      check(before || after, "a value is neither the old one nor the new one", first, second);
      bool same = decided < 0 || (decided ? after : before);
      check(same, "a later start changed a value", first, second);
      if (decided < 0) decided = after && !before;
    }
    check(!is_left(), "an old key is still on flash", first, second);
    if (round == 1) {
      struct value next = {.count = 8, .bytes = {9, 9, 9, 9, 9, 9, 9, 9}};
      check(set(SECRET_REGISTERS + 4, &next), "the next change failed", first, second);
      model[SECRET_REGISTERS + 4] = next;
    }
  }
  memset(&model[SECRET_REGISTERS + 4], 0, sizeof *model);
  static const struct value none;
  for (int id = 0; id < SECRETS; id++)
    if (is_secret(id)) check(set(id, &none), "a key cannot be erased", first, second);
  check(!is_left(), "a key is still on flash after all were erased", first, second);
}

/* Runs the workload while operations `first` to `last` fail. Returns false if the cut ended it. */
static bool work_failing(int first, int last, enum failure how) {
  failing.first = first;
  failing.last = last;
  failing.how = how;
  bool ended = work();
  failing.first = failing.last = -1;
  return ended;
}

/* What comes after a failure: a start, a change, or the erase of a key that was never set. */
enum next { RESTART, CHANGE, ERASE_NOTHING, NEXTS };

static void verify_failure(int first, int last, enum failure how, enum next after) {
  static const struct value none, next = {.count = 8, .bytes = {9, 9, 9, 9, 9, 9, 9, 9}};
  struct cut at = {.at = first}, to = {.at = last};
  arm(NO_CUT);
  if (!work_failing(first, last, how)) abort();
  /* No operation after `first` has worked. */
  bool fails_still = operations - 1 <= last;
  changing = -1;
  cases++;
  if (after == RESTART) check(start(NO_CUT), "a start failed after a failure", at, to);
  /*
   * If the flash failed until this start, but did the first operation all the same, the first
   * change that failed may be done.
   */
  if (after == RESTART && how == FIRST_DONE && fails_still && doubtful.id >= 0) {
    if (is(doubtful.id, &doubtful.value)) model[doubtful.id] = doubtful.value;
  }
  if (after == CHANGE) check(set(SECRET_REGISTERS + 4, &next), "a change failed after a failure", at, to);
  if (after == ERASE_NOTHING)
    check(set(NEVER_SET, &none), "to erase a key that was never set failed after a failure", at, to);
  for (int id = 0; id < SECRETS; id++)
    if (id != SECRET_REGISTERS + 4) check(is(id, &model[id]), "a value was lost by a failure", at, to);
  check(!is_left(), "an old key is still on flash after a failure", at, to);
}

/* One operation fails, and a later one is cut. */
static void verify_failure_and_cut(int failed, enum failure how, struct cut next) {
  arm(next);
  if (!work_failing(failed, failed, how))
    verify((struct cut){.at = failed, .tear = how == NONE_DONE ? NOTHING : ALL}, next);
}

/* Returns true if the last cells of a sector are blank: a start may need them. */
static bool has_room(int sector) {
  const uint8_t *end = flash + (sector + 1) * SECTOR_BYTES;
  for (const uint8_t *byte = end - ROOM_BYTES; byte < end; byte++)
    if (*byte != 0xff) return false;
  return true;
}

/*
 * From operation `from` on, a sector takes no erase. Checks that no old key stays on it, and that
 * the log in the other sector works until that one is full.
 */
static void verify_worn(int sector, int from) {
  struct cut at = {.at = from};
  worn.sector = sector;
  worn.from = from;
  arm(NO_CUT);
  if (!work()) abort();
  changing = -1;
  cases++;
  check(!is_left(), "an old key is still on a sector that takes no erase", at, NO_CUT);
  worn.from = 0;
  while (has_room(1 - sector)) {
    check(start(NO_CUT), "a start failed while a sector takes no erase", at, NO_CUT);
    for (int id = 0; id < SECRETS; id++)
      check(is(id, &model[id]), "a value was lost while a sector takes no erase", at, NO_CUT);
    check(!is_left(), "an old key is still on flash while a sector takes no erase", at, NO_CUT);
  }
  worn.sector = -1;
}

/* `every`: only one of so many first cuts is followed by second cuts, to save time. */
int main(int argc, char **argv) {
  struct cut first, second;
  int every = argc > 1 ? atoi(argv[1]) : 61, count = 0;
  arm(NO_CUT);
  if (!work()) abort();
  int total = operations;
  for (first.at = 0; first.at < total; first.at++) {
    for (first.tear = 0; first.tear < TEARS; first.tear++) {
      for (first.part = 0; first.part < parts(first.tear, true); first.part++) {
        arm(first);
        if (work()) abort();
        uint8_t left[sizeof flash];
        int weak_address = weak.address;
        memcpy(left, flash, sizeof flash);
        verify(first, NO_CUT);
        /*
         * A second cut, in the start that follows. At most one cell is weak: the log need not
         * survive two.
         */
        if (count++ % every != 0) continue;
        for (second.at = 0;; second.at++) {
          bool ended = false;
          for (second.tear = 0; second.tear < TEARS; second.tear++) {
            if (weak_address >= 0 && (second.tear == WEAK_DONE || second.tear == WEAK_UNDONE)) continue;
            for (unsigned part = 0; part < parts(second.tear, false); part++) {
              /* A small part, half, and almost all. */
              second.part = 1 + 7 * part;
              memcpy(flash, left, sizeof flash);
              weak.address = weak_address;
              if (start(second)) ended = true;
              else verify(first, second);
            }
          }
          if (ended) break;
        }
      }
    }
  }
  /* Failures. Not in the first start: the workload needs one that works. */
  for (int from = starting; from < total; from++) {
    for (int how = 0; how < FAILURES; how++) {
      for (int after = 0; after < NEXTS; after++) {
        for (int count = 1; from + count <= total; count += count)
          verify_failure(from, from + count - 1, (enum failure)how, (enum next)after);
        verify_failure(from, INT_MAX, (enum failure)how, (enum next)after);
      }
      /* Only one operation fails, so FIRST_DONE would be the same as ALL_DONE. */
      for (int after = 1; how != FIRST_DONE && after <= 8; after++) {
        verify_failure_and_cut(from, (enum failure)how, (struct cut){.at = from + after, .tear = NOTHING});
        verify_failure_and_cut(from, (enum failure)how, (struct cut){.at = from + after, .tear = ALL});
      }
    }
  }
  for (int sector = 0; sector < 2; sector++)
    for (int from = starting; from < total; from++) verify_worn(sector, from);
  printf("{\"operations\":%d,\"cases\":%d,\"failures\":%d}\n", total, cases, failures);
  return failures > 0;
}
