/*
 * A model of a NOR flash of two sectors. A test can cut its power in any program or erase, make
 * operations fail, make a sector worn, and make one cell weak: a bit that reads 0 or 1 by chance.
 */
#ifndef FLASH_H
#define FLASH_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#define SECTOR_BYTES 2048

/* What a cut operation has done to its bytes. */
enum tear {
  NOTHING,
  ALL,
  /* Only the first part, or only the last part. */
  PREFIX,
  SUFFIX,
  /* Each bit by chance. */
  CHANCE,
  /* All, or nothing, except one bit that it had to change and that is weak from now on. */
  WEAK_DONE,
  WEAK_UNDONE,
  /* The first part is zeros: a flash may program a sector before it erases it. */
  ZEROED,
  TEARS
};

struct cut {
  int at; /* index of the operation, counted from `arm`; -1: no cut */
  enum tear tear;
  unsigned part; /* size of the part in 16ths of the operation; or which of its bits is weak */
};
extern const struct cut NO_CUT;

extern uint8_t flash[2 * SECTOR_BYTES];
extern struct weak {
  int address; /* -1: no weak cell */
  uint8_t mask;
} weak;
/* Programs and erases since `arm`. */
extern int operations;
/* A cut jumps here. */
extern jmp_buf power;

/* Sets the next cut, and counts operations from 0. */
void arm(struct cut next);
/* Returns how many values of `part` are worth a try for this tear. */
unsigned parts(enum tear tear, bool thorough);

/*
 * Operations that report a failure. Either none of them is done; or all are done all the same; or
 * only the first is.
 */
enum failure { NONE_DONE, ALL_DONE, FIRST_DONE, FAILURES };
extern struct failing {
  int first, last; /* counted from `arm`; -1: no operation fails */
  enum failure how;
} failing;

/* A sector that takes no erase from operation `from` on; -1: no sector is worn. */
extern struct worn {
  int sector, from;
} worn;

#endif
