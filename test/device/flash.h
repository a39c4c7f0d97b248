/*
 * A flash of two sectors whose power is cut in any program or erase, which fails as it is told to, and of
 * which a cell may read at random.
 */
#ifndef FLASH_H
#define FLASH_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#define SECTOR_BYTES 2048

/* How an operation is cut: nothing of it was done, all of it, the part in front, the part behind, each bit by chance, all or nothing but for
 * one cell that reads at random from then on; and for an erase, zeros in front. */
enum tear { NOTHING, ALL, PREFIX, SUFFIX, CHANCE, WEAK_DONE, WEAK_UNDONE, ZEROED, TEARS };

struct cut {
  int at; /* of the operations since `arm`, -1 none */
  enum tear tear;
  unsigned part; /* in 16ths, or which cell */
};
extern const struct cut NO_CUT;

extern uint8_t flash[2 * SECTOR_BYTES];
extern struct weak {
  int address; /* -1 none */
  uint8_t mask;
} weak;
/* Since `arm`. */
extern int operations;
/* Where a cut goes on. */
extern jmp_buf power;

void arm(struct cut next);
/* The parts at which a tear is tried. */
unsigned parts(enum tear tear, bool thorough);

/* Operations from the first to the last of these fail: none of them is done, or all and nobody hears of it, or that with the first alone. */
enum failure { NONE_DONE, ALL_DONE, FIRST_DONE, FAILURES };
extern struct failing {
  int first, last; /* -1 none */
  enum failure how;
} failing;

/* A sector that takes no erase from an operation on; -1 none. */
extern struct worn {
  int sector, from;
} worn;

#endif
