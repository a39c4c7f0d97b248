#include "identity.h"

#include <string.h>

#include "board.h"
#include "chip.h"
#include "core.h"

void identity_take_line(void) {
  for (uint32_t i = 0; i < IDENTITY->line_bytes && i < sizeof IDENTITY->line; i++) line_take(IDENTITY->line[i]);
}

int board_serial_number(uint8_t *into, int max) {
  int count = 0;
  for (; count < max && count < (int)sizeof IDENTITY->serial && IDENTITY->serial[count] != 0; count++)
    into[count] = IDENTITY->serial[count];
  return count;
}

struct panel_size board_panel_size(void) {
  return (struct panel_size){IDENTITY->columns, IDENTITY->rows};
}

bool board_is_bench(void) { return IDENTITY->is_bench == 1; }

bool board_entropy(uint8_t *into) {
  memcpy(into, IDENTITY->entropy, sizeof IDENTITY->entropy);
  /* Zeros mean that QEMU was started without an identity. They are no secret, so refuse them. */
  uint8_t any = 0;
  for (unsigned i = 0; i < sizeof IDENTITY->entropy; i++) any |= into[i];
  return any != 0;
}
