/* Prints frames as JSON, one a line.
 *
 *   sv2-frames [FILE]     a file, or standard input, of plaintext frames one behind the other
 *   sv2-frames -x HEX...  frames as hexadecimal digits
 *
 * Exit code 1 when something was not a whole, known and well-formed frame. Compiles as C11 and as C++17. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sv2.h"

/* A header announces at most 2^24 - 1 bytes. */
#define FRAME_MAX (SV2_HEADER_SIZE + 0xffffffu)

/* Prints one frame; false when it cannot be read. */
static bool print_frame(const uint8_t *frame, size_t length)
{
    static sv2_message message;
    size_t needed = 0;
    sv2_status status = sv2_frame_to_json(frame, length, NULL, 0, &needed);
    char *json = status == SV2_ERR_BUFFER ? (char *)malloc(needed + 1) : NULL;
    if (json == NULL || sv2_frame_to_json(frame, length, json, needed + 1, &needed) != SV2_OK) {
        fprintf(stderr, "%s\n", sv2_last_error());
        free(json);
        return false;
    }
    puts(json);
    free(json);
    return sv2_message_decode(frame, length, &message) == SV2_OK;
}

static int print_stream(FILE *file)
{
    uint8_t *frame = (uint8_t *)malloc(FRAME_MAX);
    bool good = frame != NULL;
    while (good) {
        size_t length = fread(frame, 1, SV2_HEADER_SIZE, file), needed;
        if (length == 0)
            break;
        sv2_status status = sv2_frame_length(frame, length, &needed);
        if (status == SV2_NONE && length == SV2_HEADER_SIZE)
            length += fread(frame + length, 1, needed - length, file);
        good = print_frame(frame, length);
    }
    free(frame);
    return good ? 0 : 1;
}

/* Reads hexadecimal digits, blanks allowed; -1 when there is something else. */
static long read_hex(const char *text, uint8_t *bytes)
{
    size_t digits = 0;
    for (; *text != '\0'; text++) {
        if (isspace((unsigned char)*text))
            continue;
        if (!isxdigit((unsigned char)*text))
            return -1;
        int value = isdigit((unsigned char)*text) ? *text - '0' : tolower((unsigned char)*text) - 'a' + 10;
        if (digits % 2 == 0)
            bytes[digits / 2] = (uint8_t)(value << 4);
        else
            bytes[digits / 2] = (uint8_t)(bytes[digits / 2] | value);
        digits++;
    }
    return digits % 2 == 0 ? (long)(digits / 2) : -1;
}

static int print_hex(int count, char **texts)
{
    int code = 0;
    for (int i = 0; i < count; i++) {
        uint8_t *bytes = (uint8_t *)malloc(strlen(texts[i]) / 2 + 1);
        long length = bytes == NULL ? -1 : read_hex(texts[i], bytes);
        if (length < 0)
            fprintf(stderr, "not hexadecimal digits: %s\n", texts[i]);
        if (length < 0 || !print_frame(bytes, (size_t)length))
            code = 1;
        free(bytes);
    }
    return code;
}

int main(int count, char **arguments)
{
    if (count > 2 && strcmp(arguments[1], "-x") == 0)
        return print_hex(count - 2, arguments + 2);
    if (count > 2 || (count == 2 && arguments[1][0] == '-')) {
        fputs("usage: sv2-frames [FILE] | sv2-frames -x HEX...\n", stderr);
        return 2;
    }
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : stdin;
    if (file == NULL) {
        perror(arguments[1]);
        return 2;
    }
    int code = print_stream(file);
    if (file != stdin)
        fclose(file);
    return code;
}
