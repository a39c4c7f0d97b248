#include "text.h"

#include <stdbool.h>
#include <stddef.h>

struct range {
  uint32_t first, last;
};

/* The same list as in assembly/menu/cells.ts and host/screen/cells.ts. */
static const struct range wide[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0x4dbf}, {0x4e00, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x20000, 0x3fffd},
};

/* Unicode 16, general categories Cc, Cf, Zl and Zp. Surrogates are not UTF-8. */
static const struct range unprintable[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
    {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},     {0x180e, 0x180e},
    {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x2064},   {0x2066, 0x206f},   {0xfeff, 0xfeff},
    {0xfff9, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f},
};

static bool is_in(const struct range *ranges, size_t count, uint32_t point) {
  for (size_t i = 0; i < count; i++)
    if (point >= ranges[i].first && point <= ranges[i].last) return true;
  return false;
}
#define IS_IN(ranges, point) is_in(ranges, sizeof ranges / sizeof *ranges, point)

/*
 * Reads a code point (RFC 3629). Returns how many bytes it has; 0 if they are none, too many for
 * it, or a surrogate.
 */
static uint32_t decode(const uint8_t *bytes, uint32_t count, uint32_t *point) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  uint8_t first = bytes[0];
  uint32_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  if (length == 0 || length > count || first >= 0xf8) return 0;
  *point = length == 1 ? first : first & (0x7fu >> length);
  for (uint32_t i = 1; i < length; i++) {
    if ((bytes[i] & 0xc0) != 0x80) return 0;
    *point = *point << 6 | (bytes[i] & 0x3f);
  }
  bool is_point = *point >= least[length] && *point <= 0x10ffff && (*point < 0xd800 || *point > 0xdfff);
  return is_point ? length : 0;
}

int text_cells(const uint8_t *bytes, uint32_t count) {
  int cells = 0;
  uint32_t point = 0;
  for (uint32_t at = 0, length; at < count; at += length) {
    length = decode(bytes + at, count - at, &point);
    if (length == 0 || IS_IN(unprintable, point)) return -1;
    cells += IS_IN(wide, point) ? 2 : 1;
  }
  return cells;
}
