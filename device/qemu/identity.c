#include "identity.h"

#include <string.h>

#include "board.h"
#include "chip.h"

int board_serial_number(uint8_t *into, int max) {
  int count = 0;
  for (; count < max && count < (int)sizeof IDENTITY->serial && IDENTITY->serial[count] != 0; count++)
    into[count] = IDENTITY->serial[count];
  return count;
}

bool board_entropy(uint8_t *into) {
  memcpy(into, IDENTITY->entropy, sizeof IDENTITY->entropy);
  return true;
}
