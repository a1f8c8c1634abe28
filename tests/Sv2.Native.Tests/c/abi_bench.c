/* How long the library takes: encoding and decoding a share, hashing, and loading it at all. Prints one line each. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sv2.h"

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* The best of several rounds: what the code takes when nothing else runs. */
static double best_ns(void (*work)(size_t), size_t count)
{
    double best = 1e9;
    for (int round = 0; round < 15; round++) {
        double start = now();
        work(count);
        double each = (now() - start) * 1e9 / (double)count;
        if (each < best)
            best = each;
    }
    return best;
}

static uint8_t frame[128];
static size_t frame_length;
static volatile uint32_t sink;

static void encode(size_t count)
{
    uint8_t extranonce[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    sv2_mining_submit_shares_extended share = {
        .channel_id = 1, .sequence_number = 2, .job_id = 3, .nonce = 4, .ntime = 5, .version = 6, .extranonce = {extranonce, sizeof extranonce}};
    for (size_t i = 0; i < count; i++) {
        share.nonce = (uint32_t)i;
        sink = (uint32_t)sv2_mining_submit_shares_extended_encode(&share, frame, sizeof frame, &frame_length);
    }
}

static void decode(size_t count)
{
    sv2_message message;
    for (size_t i = 0; i < count; i++) {
        sv2_message_decode(frame, frame_length, &message);
        sink = message.as.mining_submit_shares_extended.nonce;
    }
}

static void hash(size_t count)
{
    uint8_t header[80] = {0};
    sv2_u256 result;
    for (size_t i = 0; i < count; i++)
        sv2_header_hash(header, &result);
    sink = result.bytes[0];
}

static void search(size_t count)
{
    uint8_t header[80] = {0};
    sv2_u256 target;
    uint32_t nonce;
    memset(&target, 0, sizeof target);
    sink = (uint32_t)sv2_search(header, 0, (uint32_t)count, &target, &nonce);
}

int main(void)
{
    double start = now();
    sink = sv2_version();
    sv2_message message;
    sv2_message_decode(frame, sizeof frame, &message);
    printf("first calls          %8.2f ms\n", (now() - start) * 1e3);
    double encoding = best_ns(encode, 200000), decoding = best_ns(decode, 200000);
    printf("encode SubmitSharesExtended %6.1f ns\n", encoding);
    printf("decode SubmitSharesExtended %6.1f ns\n", decoding);
    printf("encode + decode      %8.1f ns\n", encoding + decoding);
    printf("sv2_header_hash      %8.1f ns\n", best_ns(hash, 20000));
    printf("sv2_search           %8.2f MH/s\n", 1e3 / best_ns(search, 1 << 18));
    return 0;
}
