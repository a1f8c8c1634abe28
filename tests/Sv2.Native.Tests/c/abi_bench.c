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

/* The best of many short rounds: what the code takes when nothing else runs. */
static double best_ns(void (*work)(size_t), size_t count)
{
    double best = 1e9;
    for (int round = 0; round < 200; round++) {
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

static void call(size_t count)
{
    for (size_t i = 0; i < count; i++)
        sink = sv2_abi_version();
}

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

/* What a firmware waits for after its start: a client with the first bytes of the handshake. */
static void first_bytes(void)
{
    uint8_t act1[SV2_ACT1_SIZE];
    size_t length;
    sv2_client *client;
    sv2_client_config config = {.struct_size = sizeof config, .vendor = "bench"};
    if (sv2_client_new(&config, &client) != SV2_OK || sv2_client_outgoing(client, act1, sizeof act1, &length) != SV2_OK)
        printf("%s\n", sv2_last_error());
    sink = (uint32_t)length;
    sv2_client_free(client);
}

/* Encryption and decryption of one share. */
static sv2_session *ours, *theirs;

static void connect_sessions(void)
{
    uint8_t secret[32], key[32], act1[SV2_ACT1_SIZE], act2[SV2_ACT2_SIZE];
    sv2_credentials *credentials;
    sv2_initiator *initiator;
    sv2_responder *responder;
    if (sv2_authority_generate(secret, key) != SV2_OK || sv2_credentials_new(secret, NULL, 0, 0, &credentials) != SV2_OK
        || sv2_initiator_new(key, 0, &initiator) != SV2_OK || sv2_initiator_write_act1(initiator, act1) != SV2_OK
        || sv2_responder_new(credentials, &responder) != SV2_OK || sv2_responder_handshake(responder, act1, act2, &theirs) != SV2_OK
        || sv2_initiator_read_act2(initiator, act2, &ours) != SV2_OK)
        printf("%s\n", sv2_last_error());
}

static void seal_and_open(size_t count)
{
    uint8_t sealed[128], header[SV2_HEADER_SIZE];
    size_t length, due;
    for (size_t i = 0; i < count; i++) {
        sv2_session_encrypt(ours, frame, frame_length, sealed, sizeof sealed, &length);
        sv2_session_decrypt_header(theirs, sealed, header, &due);
        sv2_session_decrypt_payload(theirs, sealed + SV2_ENCRYPTED_HEADER_SIZE, due, &length);
    }
}

int main(void)
{
    double start = now();
    sink = sv2_version();
    sv2_message message;
    sv2_message_decode(frame, sizeof frame, &message);
    printf("first calls          %8.2f ms\n", (now() - start) * 1e3);
    start = now();
    first_bytes();
    printf("client, first bytes  %8.2f ms\n", (now() - start) * 1e3);
    printf("a call that does nothing %4.1f ns\n", best_ns(call, 5000));
    double encoding = best_ns(encode, 5000), decoding = best_ns(decode, 5000);
    printf("encode SubmitSharesExtended %6.1f ns\n", encoding);
    printf("decode SubmitSharesExtended %6.1f ns\n", decoding);
    printf("encode + decode      %8.1f ns\n", encoding + decoding);
    connect_sessions();
    printf("encrypt + decrypt it %8.1f ns\n", best_ns(seal_and_open, 500));
    printf("sv2_header_hash      %8.1f ns\n", best_ns(hash, 500));
    printf("sv2_search           %8.2f MH/s\n", 1e3 / best_ns(search, 1 << 12));
    return 0;
}
