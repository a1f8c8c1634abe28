/* Random and mutated inputs through every entry point of the library. Nothing may crash, hang or leak, whatever the bytes,
 * and every answer must be one of the header's.
 *
 *   fuzz ITERATIONS SEED CORPUS     CORPUS: a file of plaintext frames, one a line, in hexadecimal digits */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hex.h"
#include "sv2.h"
#include "sv2_testing.h"

#define CORPUS_MAX 512
#define INPUT_MAX 4096
#define GROWTH_BYTES_MAX (64l << 20)

static struct {
    uint8_t *bytes;
    size_t length;
} corpus[CORPUS_MAX];
static size_t corpus_count;
static uint64_t state;
static unsigned long answers[32];

/* Memory of exactly the input's size, so that valgrind sees every step beyond it. */
static uint8_t *input;
static size_t input_length;

static uint32_t draw(void)
{
    state += 0x9e3779b97f4a7c15ull;
    uint64_t mixed = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ull;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
    return (uint32_t)(mixed >> 32);
}

static uint32_t below(uint32_t limit)
{
    return (uint32_t)(((uint64_t)draw() * limit) >> 32);
}

static sv2_status seen(sv2_status status)
{
    if (status < SV2_ERR_INTERNAL || status > SV2_NONE || status == SV2_ERR_INTERNAL) {
        printf("status %d: %s\n", (int)status, sv2_last_error());
        exit(1);
    }
    answers[1 - status]++;
    return status;
}

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    printf("%s\n", what);
    for (size_t i = 0; i < input_length; i++)
        printf("%02x", input[i]);
    printf("\n");
    exit(1);
}

static void set_input(const uint8_t *bytes, size_t length)
{
    free(input);
    input = (uint8_t *)malloc(length > 0 ? length : 1);
    memcpy(input, bytes, length);
    input_length = length;
}

static void random_input(uint32_t longest)
{
    uint8_t bytes[INPUT_MAX];
    uint32_t length = below(longest + 1);
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)draw();
    set_input(bytes, length);
}

/* A frame of the corpus with some bytes changed, removed or added; mostly with a header that fits its length again. */
static void mutated_input(void)
{
    uint8_t bytes[INPUT_MAX];
    size_t which = below((uint32_t)corpus_count), length = corpus[which].length;
    memcpy(bytes, corpus[which].bytes, length);
    for (uint32_t changes = below(4); changes > 0; changes--) {
        size_t at = below((uint32_t)length + 1);
        uint32_t kind = below(4);
        if (kind == 0 && at < length) {
            bytes[at] = (uint8_t)draw();
        } else if (kind == 1 && at < length) {
            bytes[at] ^= (uint8_t)(1u << below(8));
        } else if (kind == 2 && at < length && length > 7) {
            memmove(bytes + at, bytes + at + 1, length - at - 1);
            length--;
        } else if (kind == 3 && length < INPUT_MAX) {
            memmove(bytes + at + 1, bytes + at, length - at);
            bytes[at] = (uint8_t)(below(2) == 0 ? 0xff : draw());
            length++;
        }
    }
    if (below(8) != 0 && length >= 6) {
        size_t payload = length - 6;
        bytes[3] = (uint8_t)payload;
        bytes[4] = (uint8_t)(payload >> 8);
        bytes[5] = 0;
    }
    set_input(bytes, length);
}

static void any_frame(void)
{
    if (below(4) == 0)
        random_input(96);
    else
        mutated_input();
}

/* ------------------------------------------------------------------------------------------------------ entry points */

static void frames(void)
{
    any_frame();
    sv2_message message;
    size_t length, made;
    uint8_t again[INPUT_MAX + 16];
    seen(sv2_frame_length(input, input_length, &length));
    if (seen(sv2_message_decode(input, input_length, &message)) != SV2_OK)
        return;
    require(seen(sv2_message_encode(message.kind, &message.as, message.tlvs, again, sizeof again, &made)) == SV2_OK, "decoded, but not encoded");
    sv2_message second;
    require(sv2_message_decode(again, made, &second) == SV2_OK && second.kind == message.kind, "encoded, but not decoded");
    sv2_bytes rest = message.tlvs;
    sv2_tlv tlv;
    while (seen(sv2_tlv_next(&rest, &tlv)) == SV2_OK) {
        uint8_t copy[INPUT_MAX];
        seen(sv2_tlv_write(&tlv, copy, below(sizeof copy), &made));
    }
    if (message.kind == SV2_TEMPLATE_DISTRIBUTION_REQUEST_TRANSACTION_DATA_SUCCESS) {
        sv2_bytes_list list = message.as.template_distribution_request_transaction_data_success.transaction_list;
        sv2_bytes item;
        size_t sum = 0;
        while (sv2_bytes_list_next(&list, &item))
            sum += item.length;
        require(sum <= input_length && list.wire.length == 0, "a list walked beyond its bytes");
    }
}

/* Structs of random content: lengths and pointers are the caller's to get right, so pointers are NULL or point to enough. */
static void structs(void)
{
    static uint8_t enough[1 << 12];
    union {
        sv2_message message;
        uint8_t bytes[sizeof(sv2_message)];
    } any;
    uint8_t frame[512];
    size_t made, index;
    uint32_t kind = below(8) == 0 ? draw() : sv2_message_kind(below((uint32_t)sv2_message_count() + 1));
    sv2_message_info info;
    memset(&any, 0, sizeof any);
    if (seen(sv2_message_describe(kind, &info)) != SV2_OK)
        return;
    sv2_field_info field;
    for (index = 0; seen(sv2_message_describe_field(kind, index, &field)) == SV2_OK; index++) {
        uint8_t *at = (uint8_t *)&any.message.as + field.offset;
        bool is_pointer = field.type[0] == 'B' || field.type[0] == 'S' ? strcmp(field.type, "BOOL") != 0 : false;
        if (!is_pointer) {
            for (uint32_t i = 0; i < field.size; i++)
                at[i] = (uint8_t)(field.size == 1 || strncmp(field.type, "OPTION", 6) == 0 ? below(2) : draw());
        } else if (field.size == 2 * sizeof(void *)) {
            sv2_bytes bytes = {below(3) == 0 ? NULL : enough, below(4) == 0 ? below(2) : below(64)};
            memcpy(at, &bytes, sizeof bytes);
        }
    }
    sv2_bytes tlvs = {below(2) == 0 ? NULL : enough, below(4)};
    seen(sv2_message_encode(kind, &any.message.as, tlvs, frame, below(sizeof frame), &made));
}

static void json(void)
{
    char text[16384];
    size_t length, made;
    uint8_t again[INPUT_MAX + 16];
    any_frame();
    if (seen(sv2_frame_to_json(input, input_length, text, sizeof text, &length)) != SV2_OK)
        return;
    if (below(2) == 0 && length > 0)
        text[below((uint32_t)length)] = (char)(1 + below(255));
    seen(sv2_frame_from_json(text, again, below(sizeof again), &made));
}

static void texts(void)
{
    static const char *const bases[] = {
        "stratum2+tcp://pool.example:34254/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh", "stratum2+tcp://[::1]:8442",
        "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh", "00000000ffff0000000000000000000000000000000000000000000000000000"};
    char text[256];
    snprintf(text, sizeof text, "%s", bases[below(4)]);
    for (uint32_t changes = below(3); changes > 0; changes--)
        text[below((uint32_t)strlen(text) + 1)] = (char)draw();
    text[sizeof text - 1] = '\0';
    sv2_address address;
    uint8_t key[SV2_KEY_SIZE];
    sv2_u256 number;
    char made[600];
    size_t length;
    if (seen(sv2_address_parse(text, &address)) == SV2_OK)
        require(seen(sv2_address_format(&address, made, sizeof made, &length)) == SV2_OK, "an address that does not format");
    if (seen(sv2_authority_key_parse(text, key)) == SV2_OK)
        seen(sv2_authority_key_format(key, made, below(sizeof made), &length));
    if (seen(sv2_u256_from_hex(text, &number)) == SV2_OK)
        seen(sv2_u256_to_hex(&number, made, below(sizeof made)));
}

static void hashes(void)
{
    random_input(200);
    sv2_u256 hash, other;
    uint8_t header[80];
    uint32_t nonce, nbits = draw();
    memset(header, (int)below(256), sizeof header);
    seen(sv2_sha256d(input, input_length, &hash));
    seen(sv2_header_hash(header, &hash));
    memset(&other, (int)below(256), sizeof other);
    seen(sv2_search(header, draw(), below(64), &other, &nonce));
    (void)sv2_u256_compare(&hash, &other);
    sv2_bytes part = {input, input_length}, none = {NULL, 0};
    seen(sv2_merkle_root(part, none, part, none, &hash, 1, &other));
    seen(sv2_target_from_nbits(nbits, &other));
    seen(sv2_target_to_nbits(&other, &nbits));
    seen(sv2_target_from_difficulty((double)draw() / 1000.0 - 10, &other));
    seen(sv2_target_from_hash_rate((double)draw() - 10, (double)below(100), &other));
    (void)sv2_target_difficulty(&other);
    (void)sv2_target_hashes_per_share(&other);
}

/* Handles that were never given out, or not for this. */
static void foreign_handles(void)
{
    void *forged = (void *)(uintptr_t)(below(2) == 0 ? draw() : ((uint64_t)draw() << 20 | below(64)));
    uint8_t bytes[SV2_ACT2_SIZE] = {0};
    size_t length;
    uint32_t id;
    sv2_session *session;
    sv2_responder *responder;
    sv2_event event;
    sv2_channel channel;
    sv2_work work;
    sv2_session_info info;
    require(sv2_initiator_write_act1((sv2_initiator *)forged, bytes) == SV2_ERR_HANDLE
            && sv2_initiator_read_act2((sv2_initiator *)forged, bytes, &session) == SV2_ERR_HANDLE
            && sv2_responder_new((sv2_credentials *)forged, &responder) == SV2_ERR_HANDLE
            && sv2_responder_handshake((sv2_responder *)forged, bytes, bytes, &session) == SV2_ERR_HANDLE
            && sv2_session_describe((sv2_session *)forged, &info) == SV2_ERR_HANDLE
            && sv2_session_encrypt((sv2_session *)forged, bytes, 6, bytes, sizeof bytes, &length) == SV2_ERR_HANDLE
            && sv2_client_next_event((sv2_client *)forged, &event) == SV2_ERR_HANDLE
            && sv2_client_channel((sv2_client *)forged, 1, &channel) == SV2_ERR_HANDLE
            && sv2_client_work((sv2_client *)forged, 1, &work) == SV2_ERR_HANDLE
            && sv2_client_open_standard_channel((sv2_client *)forged, "x", 1, NULL, &id) == SV2_ERR_HANDLE,
        "a forged handle was taken");
}

/* ------------------------------------------------------------------------------------------------------------- noise */

static void noise(void)
{
    uint8_t secret[32], key[32], server[32], certificate[SV2_CERTIFICATE_SIZE] = {0}, act1[SV2_ACT1_SIZE], act2[SV2_ACT2_SIZE], ellswift[64];
    sv2_credentials *credentials, *other;
    sv2_initiator *initiator, *vector;
    sv2_responder *responder, *vector_responder;
    sv2_session *ours = NULL, *theirs = NULL, *none = NULL;
    seen(sv2_authority_generate(secret, key));
    seen(sv2_authority_public_key(secret, server));
    seen(sv2_static_key(secret, server));
    seen(sv2_certificate_sign(secret, server, draw(), draw(), certificate));
    seen(sv2_certificate_check(certificate, server, key, (int64_t)draw()));
    seen(sv2_credentials_from_certificate(secret, certificate, key, &other));
    for (size_t i = 0; i < sizeof ellswift; i++)
        ellswift[i] = (uint8_t)draw();
    seen(sv2_testing_initiator_new(key, 0, secret, ellswift, &vector));
    seen(sv2_testing_responder_new(secret, ellswift, certificate, key, secret, ellswift, &vector_responder));
    seen(sv2_credentials_new(secret, NULL, below(100), 0, &credentials));
    seen(sv2_initiator_new(below(8) == 0 ? server : key, 0, &initiator));
    seen(sv2_initiator_write_act1(initiator, act1));
    if (below(4) == 0)
        act1[below(sizeof act1)] ^= (uint8_t)draw();
    seen(sv2_responder_new(credentials, &responder));
    seen(sv2_responder_handshake(responder, act1, act2, &theirs));
    if (below(4) == 0)
        act2[below(sizeof act2)] ^= (uint8_t)draw();
    if (seen(sv2_initiator_read_act2(initiator, act2, &ours)) == SV2_OK) {
        sv2_session_info info;
        uint8_t sealed[INPUT_MAX + 100], header[SV2_HEADER_SIZE];
        size_t length, due;
        seen(sv2_session_describe(ours, &info));
        for (int i = 0; i < 8; i++) {
            any_frame();
            if (seen(sv2_session_encrypt(ours, input, input_length, sealed, sizeof sealed, &length)) != SV2_OK)
                continue;
            if (below(8) == 0)
                sealed[below((uint32_t)length)] ^= (uint8_t)draw();
            require(length == sv2_encrypted_frame_length(input_length - SV2_HEADER_SIZE), "an encrypted frame of another length");
            if (seen(sv2_session_decrypt_header(theirs, sealed, header, &due)) == SV2_OK && due > 0)
                seen(sv2_session_decrypt_payload(theirs, sealed + SV2_ENCRYPTED_HEADER_SIZE, below(8) == 0 ? draw() : due, &length));
        }
    }
    seen(sv2_session_free(ours));
    seen(sv2_session_free(theirs));
    seen(sv2_session_free(none));
    seen(sv2_initiator_free(initiator));
    seen(sv2_initiator_free(vector));
    seen(sv2_responder_free(responder));
    seen(sv2_responder_free(vector_responder));
    seen(sv2_credentials_free(credentials));
    seen(sv2_credentials_free(other));
    sv2_wipe(secret, sizeof secret);
}

/* ------------------------------------------------------------------------------------------------------ mining client */

static sv2_client *client;
static uint32_t channels[4];
static sv2_work last_work;

static void give(const uint8_t *bytes, size_t length)
{
    size_t done = 0, taken;
    sv2_event event;
    while (done < length) {
        size_t piece = 1 + below((uint32_t)(length - done));
        if (seen(sv2_client_receive(client, bytes + done, piece, &taken)) != SV2_OK)
            break;
        done += taken;
        while (seen(sv2_client_next_event(client, &event)) == SV2_OK) {
            if (event.type == SV2_EVENT_CHANNEL_OPENED)
                channels[below(4)] = event.channel_id;
            if (event.type == SV2_EVENT_WORK)
                last_work = event.work;
        }
    }
}

static void new_client(void)
{
    static const uint16_t extensions[] = {2, 0x4000};
    sv2_client_config config;
    uint8_t frame[64];
    size_t length;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.vendor = "fuzz";
    config.plaintext = below(16) != 0;
    config.extensions = extensions;
    config.extension_count = below(3);
    config.events_max = 1 + below(8);
    config.payload_max = below(2) == 0 ? 0 : 1000;
    require(seen(sv2_client_new(&config, &client)) == SV2_OK, "no client");
    sv2_common_setup_connection_success success;
    memset(&success, 0, sizeof success);
    success.used_version = 2;
    success.flags = below(4);
    if (config.plaintext && sv2_common_setup_connection_success_encode(&success, frame, sizeof frame, &length) == SV2_OK)
        give(frame, length);
}

/* What a server would send: answers to the requests made, work for the channels there are, then a mutated frame. */
static void give_plausible(void)
{
    uint8_t frame[256], prefix[4] = {1, 2, 3, 4};
    size_t length;
    uint32_t request = 1 + below(6), channel = channels[below(4)];
    sv2_mining_open_standard_mining_channel_success opened;
    sv2_mining_open_extended_mining_channel_success extended;
    sv2_mining_new_mining_job job;
    sv2_mining_set_new_prev_hash tip;
    memset(&opened, 0, sizeof opened);
    memset(&extended, 0, sizeof extended);
    memset(&job, 0, sizeof job);
    memset(&tip, 0, sizeof tip);
    switch (below(4)) {
    case 0:
        opened.request_id = request;
        opened.channel_id = 10 + below(20);
        opened.group_channel_id = below(3);
        opened.extranonce_prefix.data = prefix;
        opened.extranonce_prefix.length = below(5);
        (void)sv2_mining_open_standard_mining_channel_success_encode(&opened, frame, sizeof frame, &length);
        break;
    case 1:
        extended.request_id = request;
        extended.channel_id = 30 + below(20);
        extended.extranonce_size = (uint16_t)below(34);
        extended.extranonce_prefix.data = prefix;
        extended.extranonce_prefix.length = below(5);
        (void)sv2_mining_open_extended_mining_channel_success_encode(&extended, frame, sizeof frame, &length);
        break;
    case 2:
        job.channel_id = channel;
        job.job_id = below(4);
        job.min_ntime.present = below(2) == 0;
        job.version = draw();
        (void)sv2_mining_new_mining_job_encode(&job, frame, sizeof frame, &length);
        break;
    default:
        tip.channel_id = channel;
        tip.job_id = below(4);
        tip.nbits = draw();
        (void)sv2_mining_set_new_prev_hash_encode(&tip, frame, sizeof frame, &length);
        break;
    }
    give(frame, length);
}

static void mine(void)
{
    uint8_t buffer[512], header[80], extranonce[40] = {0};
    size_t length;
    uint32_t number, channel = channels[below(4)];
    sv2_channel described;
    sv2_work work;
    sv2_share share;
    sv2_mining_set_custom_mining_job job;
    if (client == NULL || below(64) == 0) {
        seen(sv2_client_free(client));
        new_client();
    }
    switch (below(12)) {
    case 0: seen(sv2_client_open_standard_channel(client, "fuzz", (float)draw(), NULL, &number)); break;
    case 1: seen(sv2_client_open_extended_channel(client, "fuzz", (float)draw(), NULL, (uint16_t)below(40), &number)); break;
    case 2: seen(sv2_client_update_channel(client, channel, (float)draw(), &last_work.target)); break;
    case 3: seen(sv2_client_close_channel(client, channel, below(2) == 0 ? NULL : "done")); break;
    case 4: seen(sv2_client_channel(client, channel, &described)); break;
    case 5: seen(sv2_client_work(client, channel, &work)); break;
    case 6: seen(sv2_client_header(client, last_work.channel_id, last_work.job_id, extranonce, below(4) == 0 ? below(40) : last_work.extranonce_size, header, &number)); break;
    case 7:
        memset(&share, 0, sizeof share);
        share.channel_id = last_work.channel_id;
        share.job_id = last_work.job_id;
        share.version = below(2) == 0 ? last_work.version : draw();
        share.ntime = last_work.min_ntime + below(2);
        share.extranonce = extranonce;
        share.extranonce_size = below(8) == 0 ? below(40) : last_work.extranonce_size;
        share.worker = below(2) == 0 ? "worker" : NULL;
        seen(sv2_client_submit(client, &share, &number));
        break;
    case 8:
        memset(&job, 0, sizeof job);
        job.channel_id = channel;
        job.coinbase_prefix.data = extranonce;
        job.coinbase_prefix.length = below(10);
        job.coinbase_tx_outputs.data = extranonce;
        job.coinbase_tx_outputs.length = below(3);
        seen(sv2_client_set_custom_mining_job(client, &job, &number));
        break;
    case 9:
        any_frame();
        give(input, input_length);
        break;
    default:
        give_plausible();
        break;
    }
    seen(sv2_client_has_extension(client, (uint16_t)below(4)));
    if (seen(sv2_client_outgoing(client, buffer, below(sizeof buffer), &length)) == SV2_OK)
        seen(sv2_client_sent(client, length + (below(64) == 0)));
}

/* ------------------------------------------------------------------------------------------------------------ driver */

static bool read_corpus(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    while (file != NULL && corpus_count < CORPUS_MAX && getline(&line, &capacity, file) > 0) {
        uint8_t *bytes = (uint8_t *)malloc(strlen(line) / 2 + 1);
        size_t length = hex_read(line, bytes);
        if (length < 6 || length > INPUT_MAX - 8) {
            free(bytes);
            continue;
        }
        corpus[corpus_count].bytes = bytes;
        corpus[corpus_count++].length = length;
    }
    free(line);
    if (file != NULL)
        fclose(file);
    return corpus_count > 0;
}

static long resident_bytes(void)
{
    long pages = 0, total;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%ld %ld", &total, &pages) != 2)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

int main(int count, char **arguments)
{
    if (count != 4 || !read_corpus(arguments[3])) {
        fputs("usage: fuzz ITERATIONS SEED CORPUS\n", stderr);
        return 2;
    }
    unsigned long iterations = strtoul(arguments[1], NULL, 10);
    state = strtoul(arguments[2], NULL, 10);
    char text[200];
    seen(sv2_cryptography(text, sizeof text, NULL));
    require(sv2_struct_size("sv2_event") == sizeof(sv2_event) && sv2_struct_size(NULL) == 0, "another struct");
    require(sv2_version() == SV2_VERSION && sv2_abi_version() == SV2_ABI_VERSION && sv2_status_text(SV2_OK) != NULL && sv2_last_error() != NULL, "another version");

    long settled = 0;
    for (unsigned long i = 0; i < iterations; i++) {
        uint32_t choice = below(1000);
        if (choice < 2)
            noise();
        else if (choice < 430)
            frames();
        else if (choice < 550)
            structs();
        else if (choice < 650)
            json();
        else if (choice < 700)
            texts();
        else if (choice < 730)
            hashes();
        else if (choice < 780)
            foreign_handles();
        else
            mine();
        if (i == iterations / 5)
            settled = resident_bytes();
    }
    seen(sv2_client_free(client));
    long growth = resident_bytes() - settled;
    require(sv2_live_handles() == 0, "handles leaked");
    require(iterations < 10000 || growth < GROWTH_BYTES_MAX, "memory grew");
    free(input);
    for (size_t i = 0; i < corpus_count; i++)
        free(corpus[i].bytes);
    printf("%lu inputs; %lu ok, %lu nothing there, grown by %ld KiB; errors by number:", iterations, answers[1], answers[0], growth / 1024);
    for (int i = 2; i < 18; i++)
        printf(" %lu", answers[i]);
    printf("\n");
    return 0;
}
