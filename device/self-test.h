/* Tries the cryptography on published vectors. */
#ifndef SELF_TEST_H
#define SELF_TEST_H

#include <stdint.h>

/* Returns 0, or the number of the first vector that fails; the first vector is 1. */
uint32_t self_test(void);

#endif
