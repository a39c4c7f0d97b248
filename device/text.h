/* What a row of the screen may have. */
#ifndef TEXT_H
#define TEXT_H

#include <stdint.h>

/*
 * Returns how many half-width cells a text takes: two for a wide character, as a Han character.
 * Returns -1 if the text is not UTF-8, or has a control character or an invisible one.
 */
int text_cells(const uint8_t *bytes, uint32_t count);

#endif
