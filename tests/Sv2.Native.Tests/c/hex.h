/* Hexadecimal digits for the test programs. */
#ifndef TEST_HEX_H
#define TEST_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

static inline int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads digits up to the first other character; gives the number of bytes. */
static inline size_t hex_read(const char *text, uint8_t *bytes)
{
    size_t count = 0;
    for (; hex_digit(text[0]) >= 0 && hex_digit(text[1]) >= 0; text += 2)
        bytes[count++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
    return count;
}

static inline void hex_print(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%02x", bytes[i]);
}

#endif
