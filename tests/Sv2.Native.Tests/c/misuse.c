/* Every wrong use must give an error and harm nothing: null pointers, short buffers, wrong order, freed and foreign handles,
 * several threads. Prints the checks made; the first that fails ends the program with its line. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sv2.h"

static unsigned checks;

#define CHECK(condition)                                                                          \
    do {                                                                                          \
        checks++;                                                                                 \
        if (!(condition)) {                                                                       \
            printf("%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, sv2_last_error());         \
            exit(1);                                                                              \
        }                                                                                         \
    } while (0)

/* Handles nobody gave out. */
static void *forged(uintptr_t value)
{
    return (void *)value;
}

static void messages(void)
{
    uint8_t frame[64], extranonce[33] = {0};
    size_t length = 99;
    sv2_bytes none = {NULL, 0}, bad = {NULL, 5};
    sv2_message message;
    sv2_mining_submit_shares_extended share;
    memset(&share, 0, sizeof share);

    CHECK(sv2_message_encode(SV2_MINING_SUBMIT_SHARES_EXTENDED, &share, none, frame, sizeof frame, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_message_encode(SV2_MINING_SUBMIT_SHARES_EXTENDED, NULL, none, frame, sizeof frame, &length) == SV2_ERR_ARGUMENT && length == 0);
    CHECK(sv2_message_encode(SV2_MINING_SUBMIT_SHARES_EXTENDED, &share, none, NULL, 10, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_message_encode(SV2_MINING_SUBMIT_SHARES_EXTENDED, &share, bad, frame, sizeof frame, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_message_encode(0x1e, &share, none, frame, sizeof frame, &length) == SV2_ERR_UNKNOWN_MESSAGE);
    CHECK(sv2_message_encode(0xffffffffu, &share, none, frame, sizeof frame, &length) == SV2_ERR_UNKNOWN_MESSAGE);
    CHECK(sv2_message_encode(SV2_MINING_SUBMIT_SHARES_EXTENDED, &share, none, NULL, 0, &length) == SV2_ERR_BUFFER && length == 31);
    CHECK(sv2_message_encode(SV2_MINING_SUBMIT_SHARES_EXTENDED, &share, none, frame, 30, &length) == SV2_ERR_BUFFER && length == 31);
    CHECK(sv2_message_encode(SV2_MINING_SUBMIT_SHARES_EXTENDED, &share, none, frame, 31, &length) == SV2_OK && length == 31);
    share.extranonce.data = extranonce;
    share.extranonce.length = sizeof extranonce;
    CHECK(sv2_mining_submit_shares_extended_encode(&share, frame, sizeof frame, &length) == SV2_ERR_LIMIT);
    CHECK(strstr(sv2_last_error(), "extranonce: 33 exceeds 32") != NULL);
    share.extranonce.data = NULL;
    share.extranonce.length = 5;
    CHECK(sv2_mining_submit_shares_extended_encode(&share, frame, sizeof frame, &length) == SV2_ERR_ARGUMENT);
    share.extranonce.length = SIZE_MAX;
    CHECK(sv2_mining_submit_shares_extended_encode(&share, frame, sizeof frame, &length) == SV2_ERR_LIMIT);

    CHECK(sv2_message_decode(NULL, 10, &message) == SV2_ERR_ARGUMENT && message.kind == SV2_KIND_NONE);
    CHECK(sv2_message_decode(frame, 31, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_message_decode(frame, 5, &message) == SV2_ERR_TRUNCATED);
    CHECK(sv2_message_decode(frame, 30, &message) == SV2_ERR_TRUNCATED && message.kind == SV2_KIND_NONE);
    CHECK(sv2_message_decode(frame, 31, &message) == SV2_OK && message.kind == SV2_MINING_SUBMIT_SHARES_EXTENDED);
    CHECK(sv2_message_decode(frame, SIZE_MAX, &message) == SV2_OK);

    CHECK(sv2_frame_length(NULL, 6, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_frame_length(frame, 6, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_frame_length(frame, 3, &length) == SV2_NONE && length == 6);
    CHECK(sv2_frame_length(frame, 30, &length) == SV2_NONE && length == 31);
    CHECK(sv2_frame_length(frame, 40, &length) == SV2_OK && length == 31);

    char json[8];
    CHECK(sv2_frame_to_json(NULL, 1, json, sizeof json, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_frame_to_json(frame, 31, json, sizeof json, &length) == SV2_ERR_BUFFER && length > sizeof json);
    CHECK(sv2_frame_to_json(frame, 31, NULL, 1000, NULL) == SV2_ERR_BUFFER);
    CHECK(sv2_frame_from_json(NULL, frame, sizeof frame, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_frame_from_json("{", frame, sizeof frame, &length) == SV2_ERR_FORMAT);
    CHECK(sv2_frame_from_json("{\"message\":\"Nothing\"}", frame, sizeof frame, &length) == SV2_ERR_FORMAT);

    sv2_tlv tlv = {0x4000, 1, {extranonce, 4}};
    sv2_bytes rest = {frame, 5};
    CHECK(sv2_tlv_write(NULL, frame, sizeof frame, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_tlv_write(&tlv, frame, 8, &length) == SV2_ERR_BUFFER && length == 9);
    CHECK(sv2_tlv_write(&tlv, NULL, 0, &length) == SV2_ERR_BUFFER && length == 9);
    CHECK(sv2_tlv_write(&tlv, frame, sizeof frame, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_tlv_write(&tlv, frame, sizeof frame, &length) == SV2_OK && length == 9);
    CHECK(sv2_tlv_next(NULL, &tlv) == SV2_ERR_ARGUMENT);
    CHECK(sv2_tlv_next(&rest, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_tlv_next(&rest, &tlv) == SV2_ERR_MALFORMED && rest.length == 5);
    CHECK(sv2_tlv_next(&none, &tlv) == SV2_NONE);
    CHECK(sv2_tlv_next(&bad, &tlv) == SV2_ERR_ARGUMENT);

    sv2_message_info info;
    sv2_field_info field;
    CHECK(sv2_message_describe(SV2_MINING_SET_TARGET, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_message_describe(0x1e, &info) == SV2_ERR_UNKNOWN_MESSAGE);
    CHECK(sv2_message_describe_field(SV2_MINING_SET_TARGET, 2, &field) == SV2_NONE);
    CHECK(sv2_message_describe_field(SV2_MINING_SET_TARGET, 1, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_message_kind(sv2_message_count()) == SV2_KIND_NONE);
}

static void keys(void)
{
    uint8_t key[32] = {0}, zero[32] = {0}, certificate[74] = {0};
    char text[16];
    size_t length;
    sv2_address address;
    CHECK(sv2_authority_generate(NULL, key) == SV2_ERR_ARGUMENT);
    CHECK(sv2_authority_public_key(zero, key) == SV2_ERR_ARGUMENT);
    CHECK(sv2_authority_public_key(NULL, key) == SV2_ERR_ARGUMENT);
    CHECK(sv2_authority_public_key(zero, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_static_key(zero, key) == SV2_ERR_ARGUMENT);
    CHECK(sv2_authority_key_parse(NULL, key) == SV2_ERR_ARGUMENT);
    CHECK(sv2_authority_key_parse("nonsense", key) == SV2_ERR_FORMAT);
    CHECK(sv2_authority_key_parse("nonsense", NULL) == SV2_ERR_ARGUMENT);
    memset(key, 0xff, sizeof key);
    CHECK(sv2_authority_key_format(key, text, sizeof text, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_authority_generate(zero, key) == SV2_OK);
    CHECK(sv2_authority_key_format(key, text, sizeof text, &length) == SV2_ERR_BUFFER && length > 50);
    CHECK(sv2_certificate_sign(zero, key, 2, 1, certificate) == SV2_ERR_ARGUMENT);
    CHECK(sv2_certificate_sign(zero, NULL, 1, 2, certificate) == SV2_ERR_ARGUMENT);
    CHECK(sv2_certificate_check(NULL, key, key, 0) == SV2_ERR_ARGUMENT);
    CHECK(sv2_certificate_check(certificate, key, key, 0) == SV2_ERR_CERTIFICATE);
    CHECK(sv2_certificate_check(certificate, key, key, INT64_MAX) == SV2_ERR_ARGUMENT);
    CHECK(sv2_address_parse(NULL, &address) == SV2_ERR_ARGUMENT);
    CHECK(sv2_address_parse("stratum2+tcp://host", &address) == SV2_ERR_FORMAT && address.port == 0);
    CHECK(sv2_address_parse("stratum2+tcp://host:1", NULL) == SV2_ERR_ARGUMENT);
    memset(&address, 'a', sizeof address);
    CHECK(sv2_address_format(&address, text, sizeof text, &length) == SV2_ERR_ARGUMENT);
    memset(&address, 0, sizeof address);
    CHECK(sv2_address_format(&address, text, sizeof text, &length) == SV2_ERR_ARGUMENT);
    sv2_wipe(NULL, 0);
    sv2_wipe(NULL, 10);
    sv2_wipe(zero, sizeof zero);
    CHECK(zero[0] == 0 && zero[31] == 0);
}

static void hashes(void)
{
    uint8_t header[80] = {0};
    sv2_u256 value;
    char text[65];
    uint32_t number = 7;
    sv2_bytes none = {NULL, 0}, bad = {NULL, 1};
    memset(&value, 0, sizeof value);
    CHECK(sv2_sha256d(NULL, 1, &value) == SV2_ERR_ARGUMENT && sv2_sha256d(NULL, 0, &value) == SV2_OK && sv2_sha256d(header, 1, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_header_hash(NULL, &value) == SV2_ERR_ARGUMENT && sv2_header_hash(header, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_search(NULL, 0, 1, &value, &number) == SV2_ERR_ARGUMENT && sv2_search(header, 0, 1, NULL, &number) == SV2_ERR_ARGUMENT);
    CHECK(sv2_search(header, 0, 1, &value, NULL) == SV2_ERR_ARGUMENT && sv2_search(header, 0, 0, &value, &number) == SV2_NONE && number == 7);
    CHECK(sv2_merkle_root(none, none, none, bad, NULL, 0, &value) == SV2_ERR_ARGUMENT);
    CHECK(sv2_merkle_root(none, none, none, none, NULL, 1, &value) == SV2_ERR_ARGUMENT && sv2_merkle_root(none, none, none, none, &value, 256, &value) == SV2_ERR_ARGUMENT);
    CHECK(sv2_u256_compare(NULL, NULL) == 0);
    CHECK(sv2_u256_to_hex(NULL, text, sizeof text) == SV2_ERR_ARGUMENT && sv2_u256_to_hex(&value, text, 64) == SV2_ERR_BUFFER);
    CHECK(sv2_u256_from_hex("12", &value) == SV2_ERR_FORMAT && sv2_u256_from_hex(NULL, &value) == SV2_ERR_ARGUMENT);
    CHECK(sv2_target_from_nbits(0xffffffffu, &value) == SV2_ERR_FORMAT && sv2_target_from_nbits(0x207fffffu, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_target_to_nbits(NULL, &number) == SV2_ERR_ARGUMENT && sv2_target_to_nbits(&value, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_target_from_difficulty(0, &value) == SV2_ERR_ARGUMENT && sv2_target_from_difficulty(-1, &value) == SV2_ERR_ARGUMENT);
    CHECK(sv2_target_from_hash_rate(1, 0, &value) == SV2_ERR_ARGUMENT && sv2_target_difficulty(NULL) == 0 && sv2_target_hashes_per_share(NULL) == 0);
}

static void noise(void)
{
    uint8_t secret[32], key[32], act1[SV2_ACT1_SIZE], act2[SV2_ACT2_SIZE] = {0}, frame[6] = {0}, small[64], header[6];
    size_t length;
    sv2_initiator *initiator;
    sv2_credentials *credentials;
    sv2_responder *responder;
    sv2_session *client, *server, *none;
    CHECK(sv2_authority_generate(secret, key) == SV2_OK);
    CHECK(sv2_initiator_new(key, 0, NULL) == SV2_ERR_ARGUMENT);
    memset(small, 0xff, sizeof small);
    CHECK(sv2_initiator_new(small, 0, &initiator) == SV2_ERR_ARGUMENT && initiator == NULL);
    CHECK(sv2_initiator_new(key, 0, &initiator) == SV2_OK);
    CHECK(sv2_initiator_read_act2(initiator, act2, &client) == SV2_ERR_STATE && client == NULL);
    CHECK(sv2_initiator_write_act1(initiator, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_initiator_write_act1(NULL, act1) == SV2_ERR_HANDLE);
    CHECK(sv2_initiator_write_act1(initiator, act1) == SV2_OK);
    CHECK(sv2_initiator_write_act1(initiator, act1) == SV2_ERR_STATE);

    CHECK(sv2_credentials_new(NULL, NULL, 0, 0, &credentials) == SV2_ERR_ARGUMENT);
    CHECK(sv2_credentials_new(secret, NULL, 0, 0, &credentials) == SV2_OK);
    sv2_credentials *refused;
    CHECK(sv2_credentials_from_certificate(secret, act2, key, &refused) == SV2_ERR_CERTIFICATE && refused == NULL);
    CHECK(sv2_responder_new(NULL, &responder) == SV2_ERR_HANDLE);
    CHECK(sv2_responder_new((sv2_credentials *)(void *)initiator, &responder) == SV2_ERR_HANDLE);
    CHECK(sv2_responder_new(credentials, &responder) == SV2_OK);
    CHECK(sv2_responder_handshake(responder, NULL, act2, &server) == SV2_ERR_ARGUMENT);
    CHECK(sv2_responder_handshake(responder, act1, act2, &server) == SV2_OK);
    CHECK(sv2_responder_handshake(responder, act1, act2, &none) == SV2_ERR_STATE && none == NULL);
    CHECK(sv2_initiator_read_act2(initiator, NULL, &client) == SV2_ERR_ARGUMENT);
    CHECK(sv2_initiator_read_act2(initiator, act2, &client) == SV2_OK);
    CHECK(sv2_initiator_read_act2(initiator, act2, &none) == SV2_ERR_STATE);

    CHECK(sv2_session_encrypt(client, NULL, 6, small, sizeof small, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_session_encrypt(client, frame, 5, small, sizeof small, &length) == SV2_ERR_TRUNCATED);
    CHECK(sv2_session_encrypt(client, frame, 6, small, 21, &length) == SV2_ERR_BUFFER && length == 22);
    CHECK(sv2_session_encrypt(client, frame, 6, NULL, 100, &length) == SV2_ERR_BUFFER);
    CHECK(sv2_session_encrypt(client, small, 20, small, sizeof small, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_session_encrypt(NULL, frame, 6, small, sizeof small, &length) == SV2_ERR_HANDLE && length == 0);
    CHECK(sv2_encrypted_frame_length(0) == 22 && sv2_encrypted_frame_length(0x1000000) == 0);
    CHECK(sv2_session_encrypt(client, frame, 6, small, sizeof small, &length) == SV2_OK && length == 22);
    CHECK(sv2_session_decrypt_payload(server, small, 22, &length) == SV2_ERR_STATE);
    CHECK(sv2_session_decrypt_header(server, NULL, header, &length) == SV2_ERR_ARGUMENT);
    CHECK(sv2_session_decrypt_header(server, small, header, &length) == SV2_OK && length == 0);
    frame[3] = 1;
    small[0] = 0;
    uint8_t whole[7] = {0, 0, 0, 1, 0, 0, 9}, encrypted[39];
    CHECK(sv2_session_encrypt(client, whole, 7, encrypted, sizeof encrypted, &length) == SV2_OK && length == 39);
    CHECK(sv2_session_decrypt_header(server, encrypted, header, &length) == SV2_OK && length == 17);
    CHECK(sv2_session_decrypt_header(server, encrypted, header, &length) == SV2_ERR_STATE);
    CHECK(sv2_session_decrypt_payload(server, encrypted + 22, 16, &length) == SV2_ERR_ARGUMENT);
    encrypted[30] ^= 1;
    CHECK(sv2_session_decrypt_payload(server, encrypted + 22, 17, &length) == SV2_ERR_AUTHENTICATION && length == 0);

    sv2_session_info info;
    CHECK(sv2_session_describe(client, NULL) == SV2_ERR_ARGUMENT && sv2_session_describe(NULL, &info) == SV2_ERR_HANDLE);
    CHECK(sv2_session_free(client) == SV2_OK && sv2_session_free(client) == SV2_ERR_HANDLE && sv2_session_free(NULL) == SV2_OK);
    CHECK(sv2_session_encrypt(client, frame, 6, small, sizeof small, &length) == SV2_ERR_HANDLE);
    CHECK(sv2_session_describe(client, &info) == SV2_ERR_HANDLE);
    CHECK(sv2_session_free((sv2_session *)(void *)initiator) == SV2_ERR_HANDLE);
    CHECK(sv2_session_free(server) == SV2_OK);
    CHECK(sv2_initiator_free(initiator) == SV2_OK && sv2_initiator_free(initiator) == SV2_ERR_HANDLE);
    CHECK(sv2_initiator_write_act1(initiator, act1) == SV2_ERR_HANDLE);
    CHECK(sv2_credentials_free(credentials) == SV2_OK && sv2_credentials_free(credentials) == SV2_ERR_HANDLE);
    CHECK(sv2_responder_free(responder) == SV2_OK);
    CHECK(sv2_responder_new(credentials, &responder) == SV2_ERR_HANDLE && responder == NULL);
}

static void freed_credentials(void)
{
    uint8_t secret[32], key[32], act1[SV2_ACT1_SIZE] = {0}, act2[SV2_ACT2_SIZE];
    sv2_credentials *credentials;
    sv2_responder *responder;
    sv2_session *session;
    CHECK(sv2_authority_generate(secret, key) == SV2_OK && sv2_credentials_new(secret, NULL, 60, 0, &credentials) == SV2_OK);
    CHECK(sv2_responder_new(credentials, &responder) == SV2_OK && sv2_credentials_free(credentials) == SV2_OK);
    CHECK(sv2_responder_handshake(responder, act1, act2, &session) < 0 && session == NULL);
    CHECK(sv2_responder_free(responder) == SV2_OK && sv2_responder_free(responder) == SV2_ERR_HANDLE);
}

static void forged_handles(void)
{
    size_t length;
    for (unsigned i = 0; i < 64; i++) {
        uintptr_t value = (uintptr_t)1 << i % (8 * sizeof(uintptr_t));
        CHECK(sv2_client_sent((sv2_client *)forged(value), 0) == SV2_ERR_HANDLE);
        CHECK(sv2_client_free((sv2_client *)forged(value + 1)) == SV2_ERR_HANDLE);
        CHECK(sv2_session_free((sv2_session *)forged(~value)) == SV2_ERR_HANDLE);
        CHECK(sv2_client_outgoing((sv2_client *)forged(value | 1), NULL, 0, &length) == SV2_ERR_HANDLE);
    }
}

static sv2_client *make_client(bool plaintext)
{
    sv2_client_config config;
    sv2_client *client;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.vendor = "misuse";
    config.plaintext = plaintext;
    CHECK(sv2_client_new(&config, &client) == SV2_OK);
    return client;
}

static void client_configuration(void)
{
    sv2_client_config config;
    sv2_client *client;
    char longer[300];
    memset(&config, 0, sizeof config);
    memset(longer, 'x', sizeof longer);
    longer[299] = '\0';
    CHECK(sv2_client_new(NULL, &client) == SV2_ERR_ARGUMENT && client == NULL);
    CHECK(sv2_client_new(&config, &client) == SV2_ERR_ARGUMENT && strstr(sv2_last_error(), "struct_size") != NULL);
    config.struct_size = sizeof config;
    CHECK(sv2_client_new(&config, &client) == SV2_ERR_ARGUMENT && strstr(sv2_last_error(), "vendor") != NULL);
    config.vendor = "x";
    CHECK(sv2_client_new(&config, NULL) == SV2_ERR_ARGUMENT);
    config.firmware = longer;
    CHECK(sv2_client_new(&config, &client) == SV2_ERR_ARGUMENT && strstr(sv2_last_error(), "firmware") != NULL);
    config.firmware = NULL;
    config.extension_count = 1;
    CHECK(sv2_client_new(&config, &client) == SV2_ERR_ARGUMENT && strstr(sv2_last_error(), "extensions") != NULL);
    config.extension_count = 0;
    config.payload_max = 0x1000000;
    CHECK(sv2_client_new(&config, &client) == SV2_ERR_ARGUMENT && strstr(sv2_last_error(), "payload_max") != NULL);
    config.payload_max = 0;
    config.events_max = 1000000;
    CHECK(sv2_client_new(&config, &client) == SV2_ERR_ARGUMENT && strstr(sv2_last_error(), "events_max") != NULL);
    config.events_max = 0;
    config.authority_key = (const uint8_t *)"\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377";
    CHECK(sv2_client_new(&config, &client) == SV2_ERR_ARGUMENT && strstr(sv2_last_error(), "authority_key") != NULL);
}

static void mining(void)
{
    uint8_t buffer[512], header[80];
    size_t length;
    uint32_t id;
    sv2_event event;
    sv2_channel channel;
    sv2_work work;
    sv2_share share;
    memset(&share, 0, sizeof share);
    sv2_mining_set_custom_mining_job job;
    memset(&job, 0, sizeof job);
    sv2_client *client = make_client(true);
    CHECK(sv2_client_open_standard_channel(client, "user", 1, NULL, &id) == SV2_ERR_STATE && id == 0);
    CHECK(sv2_client_open_extended_channel(client, "user", 1, NULL, 33, &id) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_open_standard_channel(client, NULL, 1, NULL, &id) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_open_standard_channel(client, "user", -1, NULL, &id) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_open_standard_channel(client, "user", 1, NULL, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_submit(client, &share, &id) == SV2_ERR_STATE && sv2_client_submit(client, NULL, &id) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_work(client, 1, &work) == SV2_ERR_STATE && sv2_client_work(client, 1, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_header(client, 1, 1, NULL, 0, header, NULL) == SV2_ERR_STATE && sv2_client_header(client, 1, 1, NULL, 0, NULL, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_header(client, 1, 1, NULL, 3, header, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_channel(client, 1, &channel) == SV2_ERR_STATE && sv2_client_channel(client, 1, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_update_channel(client, 1, 1, NULL) == SV2_ERR_STATE && sv2_client_close_channel(client, 1, NULL) == SV2_ERR_STATE);
    CHECK(sv2_client_close_channel(client, 1, "\n") == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_set_custom_mining_job(client, &job, &id) == SV2_ERR_STATE && sv2_client_set_custom_mining_job(client, NULL, &id) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_next_event(client, NULL) == SV2_ERR_ARGUMENT && sv2_client_next_event(client, &event) == SV2_NONE);
    CHECK(sv2_client_outgoing(client, NULL, 5, &length) == SV2_ERR_ARGUMENT && sv2_client_outgoing(client, buffer, sizeof buffer, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_outgoing(client, buffer, 3, &length) == SV2_OK && length == 3);
    CHECK(sv2_client_outgoing(client, buffer, sizeof buffer, &length) == SV2_OK && length > 6);
    CHECK(sv2_client_sent(client, length + 1) == SV2_ERR_ARGUMENT && sv2_client_sent(client, length) == SV2_OK && sv2_client_outgoing(client, buffer, sizeof buffer, &length) == SV2_NONE);
    CHECK(sv2_client_receive(client, NULL, 5, &length) == SV2_ERR_ARGUMENT && sv2_client_receive(client, buffer, 5, NULL) == SV2_ERR_ARGUMENT);
    CHECK(sv2_client_has_extension(client, 2) == SV2_NONE);

    /* A message that must not come before the connection is accepted ends it. */
    sv2_mining_set_target set_target;
    memset(&set_target, 0, sizeof set_target);
    CHECK(sv2_mining_set_target_encode(&set_target, buffer, sizeof buffer, &length) == SV2_OK);
    CHECK(sv2_client_receive(client, buffer, length, &length) == SV2_OK);
    CHECK(sv2_client_next_event(client, &event) == SV2_OK && event.type == SV2_EVENT_CLOSED && event.text[0] != '\0');
    CHECK(sv2_client_receive(client, buffer, 1, &length) == SV2_ERR_CLOSED && length == 0);
    CHECK(sv2_client_open_standard_channel(client, "user", 1, NULL, &id) == SV2_ERR_CLOSED);
    CHECK(sv2_client_free(client) == SV2_OK && sv2_client_free(client) == SV2_ERR_HANDLE && sv2_client_free(NULL) == SV2_OK);
    CHECK(sv2_client_next_event(client, &event) == SV2_ERR_HANDLE && sv2_client_has_extension(client, 2) == SV2_ERR_HANDLE);
    CHECK(sv2_client_submit(client, &share, &id) == SV2_ERR_HANDLE && sv2_client_receive(client, buffer, 1, &length) == SV2_ERR_HANDLE);
}

/* Threads that use one client while another frees it: every call succeeds or says that the handle is gone. */
static sv2_client *shared_client;

static void *use(void *unused)
{
    uint8_t buffer[64];
    size_t length;
    sv2_event event;
    for (;;) {
        sv2_status status = sv2_client_outgoing(shared_client, buffer, sizeof buffer, &length);
        if (status == SV2_ERR_HANDLE)
            return unused;
        if (status != SV2_OK || sv2_client_next_event(shared_client, &event) > SV2_NONE)
            return &shared_client;
    }
}

static void threads(void)
{
    for (int round = 0; round < 20; round++) {
        pthread_t users[4];
        shared_client = make_client(false);
        for (int i = 0; i < 4; i++)
            CHECK(pthread_create(&users[i], NULL, use, NULL) == 0);
        CHECK(sv2_client_free(shared_client) == SV2_OK);
        for (int i = 0; i < 4; i++) {
            void *outcome = &users;
            CHECK(pthread_join(users[i], &outcome) == 0 && outcome == NULL);
        }
    }
}

static void limits(void)
{
    enum { HANDLES = 65536 };
    static sv2_client *clients[HANDLES + 1];
    int made = 0;
    sv2_client_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.vendor = "misuse";
    config.plaintext = true;
    while (made <= HANDLES && sv2_client_new(&config, &clients[made]) == SV2_OK)
        made++;
    CHECK(made == HANDLES && clients[made] == NULL);
    CHECK(sv2_client_new(&config, &clients[made]) == SV2_ERR_LIMIT);
    while (made > 0)
        CHECK(sv2_client_free(clients[--made]) == SV2_OK);
}

/* The largest frame there can be, shown again and again: either it is shown or the library says that memory is short. */
static void largest_frame(void)
{
    const size_t length = SV2_HEADER_SIZE + 0xffffffu, capacity = (size_t)64 << 20;
    uint8_t *frame = (uint8_t *)malloc(length);
    char *json = (char *)malloc(capacity);
    CHECK(frame != NULL && json != NULL);
    memset(frame, 0x99, length);
    memset(frame + 3, 0xff, 3);
    for (int i = 0; i < 4; i++) {
        size_t made;
        sv2_status status = sv2_frame_to_json(frame, length, json, capacity, &made);
        CHECK(status == SV2_OK ? made > 2 * 0xffffffu : status == SV2_ERR_MEMORY);
    }
    free(json);
    free(frame);
}

int main(int count, char **arguments)
{
    (void)arguments;
    CHECK(sv2_last_error()[0] == '\0');
    CHECK(sv2_version() == SV2_VERSION && sv2_abi_version() == SV2_ABI_VERSION);
    CHECK(strcmp(sv2_status_text(SV2_OK), "ok") == 0 && strcmp(sv2_status_text((sv2_status)-99), "unknown status") == 0);
    char text[200];
    CHECK(sv2_cryptography(text, sizeof text, NULL) == SV2_OK && sv2_cryptography(text, 3, NULL) == SV2_ERR_BUFFER);
    messages();
    keys();
    hashes();
    noise();
    freed_credentials();
    forged_handles();
    client_configuration();
    mining();
    threads();
    /* Not under valgrind, where it takes long. */
    if (count == 1) {
        largest_frame();
        limits();
    }
    CHECK(sv2_live_handles() == 0);
    printf("%u checks\n", checks);
    return 0;
}
