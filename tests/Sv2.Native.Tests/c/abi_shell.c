/* The library by lines of text: a command a line on standard input, an answer a line on standard output. The .NET tests put
 * the SDK's vectors through the ABI with it. An answer begins with "ok" or with "error", the status, and the text. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "sv2.h"
#include "sv2_testing.h"

#define ARGUMENTS_MAX 300

static char *arguments[ARGUMENTS_MAX];
static int argument_count;
static sv2_session *sessions[2]; /* Of the initiator and of the responder. */
static sv2_initiator *initiator;
static sv2_responder *responder;

static bool failed(sv2_status status)
{
    if (status != SV2_OK)
        printf("error %d %s\n", (int)status, status < 0 ? sv2_last_error() : sv2_status_text(status));
    return status != SV2_OK;
}

/* Argument number `index` as bytes, in memory of exactly their size, so that valgrind sees every step beyond it. */
static uint8_t *bytes_of(int index, size_t *length)
{
    const char *text = index < argument_count ? arguments[index] : "";
    uint8_t *read = (uint8_t *)malloc(strlen(text) / 2 + 1);
    size_t count = hex_read(text, read);
    uint8_t *exact = (uint8_t *)malloc(count > 0 ? count : 1);
    memcpy(exact, read, count);
    free(read);
    if (length != NULL)
        *length = count;
    return exact;
}

static void answer(const uint8_t *bytes, size_t length)
{
    printf("ok ");
    hex_print(bytes, length);
    printf("\n");
}

/* frame HEX: decodes it, makes it anew, and shows the kind and the new bytes. */
static void frame(void)
{
    size_t length, made = 0;
    uint8_t *bytes = bytes_of(1, &length);
    sv2_message message;
    if (!failed(sv2_message_decode(bytes, length, &message))) {
        sv2_status status = sv2_message_encode(message.kind, &message.as, message.tlvs, NULL, 0, &made);
        uint8_t *again = (uint8_t *)malloc(made > 0 ? made : 1);
        if (status == SV2_ERR_BUFFER)
            status = sv2_message_encode(message.kind, &message.as, message.tlvs, again, made, &made);
        if (!failed(status)) {
            printf("ok %06x ", (unsigned)message.kind);
            hex_print(again, made);
            printf("\n");
        }
        free(again);
    }
    free(bytes);
}

/* items HEX: decodes a RequestTransactionData.Success and makes it anew from an array of the caller's own. */
static void items(void)
{
    size_t length, made;
    uint8_t *bytes = bytes_of(1, &length);
    sv2_message message;
    if (!failed(sv2_message_decode(bytes, length, &message))) {
        sv2_template_distribution_request_transaction_data_success *data = &message.as.template_distribution_request_transaction_data_success;
        sv2_bytes_list rest = data->transaction_list;
        sv2_bytes *own = (sv2_bytes *)calloc(rest.count + 1, sizeof *own);
        size_t count = 0;
        while (sv2_bytes_list_next(&rest, &own[count]))
            count++;
        memset(&data->transaction_list, 0, sizeof data->transaction_list);
        data->transaction_list.items = own;
        data->transaction_list.count = count;
        uint8_t *again = (uint8_t *)malloc(length);
        if (!failed(sv2_template_distribution_request_transaction_data_success_encode(data, again, length, &made)))
            answer(again, made);
        free(again);
        free(own);
    }
    free(bytes);
}

static void json(void)
{
    size_t length, needed = 0;
    uint8_t *bytes = bytes_of(1, &length);
    if (sv2_frame_to_json(bytes, length, NULL, 0, &needed) == SV2_ERR_BUFFER) {
        char *text = (char *)malloc(needed + 1);
        if (!failed(sv2_frame_to_json(bytes, length, text, needed + 1, &needed)))
            printf("ok %s\n", text);
        free(text);
    }
    free(bytes);
}

static void from_json(const char *line)
{
    size_t length = 0;
    sv2_status status = sv2_frame_from_json(line, NULL, 0, &length);
    uint8_t *bytes = (uint8_t *)malloc(length + 1);
    if (status == SV2_ERR_BUFFER)
        status = sv2_frame_from_json(line, bytes, length, &length);
    if (!failed(status))
        answer(bytes, length);
    free(bytes);
}

static void tlvs(void)
{
    size_t length;
    uint8_t *bytes = bytes_of(1, &length);
    sv2_bytes rest = {bytes, length};
    sv2_tlv tlv;
    sv2_status status;
    printf("ok");
    while ((status = sv2_tlv_next(&rest, &tlv)) == SV2_OK) {
        uint8_t copy[64];
        size_t made;
        printf(" %04x:%02x:", tlv.extension_type, tlv.field_type);
        hex_print(tlv.value.data, tlv.value.length);
        if (sv2_tlv_write(&tlv, copy, sizeof copy, &made) != SV2_OK || memcmp(copy, tlv.value.data - 5, made) != 0)
            printf("!");
    }
    printf("%s\n", status == SV2_NONE ? "" : " malformed");
    free(bytes);
}

static void address(const char *line)
{
    sv2_address parsed;
    char text[512];
    size_t length;
    if (failed(sv2_address_parse(line, &parsed)) || failed(sv2_address_format(&parsed, text, sizeof text, &length)))
        return;
    printf("ok %s %u %d %s\n", parsed.host, (unsigned)parsed.port, parsed.has_authority_key, text);
}

static void key_parse(void)
{
    uint8_t key[SV2_KEY_SIZE];
    char text[SV2_KEY_TEXT_SIZE];
    size_t length;
    if (failed(sv2_authority_key_parse(arguments[1], key)) || failed(sv2_authority_key_format(key, text, sizeof text, &length)))
        return;
    printf("ok ");
    hex_print(key, sizeof key);
    printf(" %s\n", text);
}

/* public authority|static SECRET */
static void public_key(void)
{
    uint8_t key[SV2_KEY_SIZE], *secret = bytes_of(2, NULL);
    bool is_authority = strcmp(arguments[1], "authority") == 0;
    if (!failed(is_authority ? sv2_authority_public_key(secret, key) : sv2_static_key(secret, key)))
        answer(key, sizeof key);
    free(secret);
}

/* certificate CERTIFICATE SERVER-KEY AUTHORITY-KEY TIME */
static void certificate(void)
{
    uint8_t *given = bytes_of(1, NULL), *server = bytes_of(2, NULL), *authority = bytes_of(3, NULL);
    if (!failed(sv2_certificate_check(given, server, authority, strtoll(arguments[4], NULL, 10))))
        printf("ok\n");
    free(given);
    free(server);
    free(authority);
}

/* sign AUTHORITY-SECRET SERVER-KEY FROM UNTIL */
static void sign(void)
{
    uint8_t made[SV2_CERTIFICATE_SIZE], *secret = bytes_of(1, NULL), *server = bytes_of(2, NULL);
    if (!failed(sv2_certificate_sign(secret, server, (uint32_t)strtoul(arguments[3], NULL, 10), (uint32_t)strtoul(arguments[4], NULL, 10), made)))
        answer(made, sizeof made);
    free(secret);
    free(server);
}

/* initiator AUTHORITY-KEY TIME [EPHEMERAL-SECRET ELLSWIFT] */
static void new_initiator(void)
{
    uint8_t act1[SV2_ACT1_SIZE], *key = bytes_of(1, NULL), *secret = bytes_of(3, NULL), *encoded = bytes_of(4, NULL);
    int64_t time = strtoll(arguments[2], NULL, 10);
    sv2_initiator_free(initiator);
    sv2_status status = argument_count > 3 ? sv2_testing_initiator_new(key, time, secret, encoded, &initiator) : sv2_initiator_new(key, time, &initiator);
    if (!failed(status) && !failed(sv2_initiator_write_act1(initiator, act1)))
        answer(act1, sizeof act1);
    free(key);
    free(secret);
    free(encoded);
}

static void show_session(sv2_session *session)
{
    sv2_session_info info;
    if (!failed(sv2_session_describe(session, &info)))
        answer(info.handshake_hash, sizeof info.handshake_hash);
}

static void read_act2(void)
{
    uint8_t *act2 = bytes_of(1, NULL);
    sv2_session_free(sessions[0]);
    if (!failed(sv2_initiator_read_act2(initiator, act2, &sessions[0])))
        show_session(sessions[0]);
    free(act2);
}

/* responder-vector STATIC-SECRET ELLSWIFT CERTIFICATE AUTHORITY-KEY EPHEMERAL-SECRET ELLSWIFT */
static void responder_vector(void)
{
    uint8_t *parts[6];
    for (int i = 0; i < 6; i++)
        parts[i] = bytes_of(i + 1, NULL);
    sv2_responder_free(responder);
    if (!failed(sv2_testing_responder_new(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], &responder)))
        printf("ok\n");
    for (int i = 0; i < 6; i++)
        free(parts[i]);
}

/* responder AUTHORITY-SECRET */
static void new_responder(void)
{
    static sv2_credentials *credentials;
    uint8_t *secret = bytes_of(1, NULL);
    sv2_responder_free(responder);
    sv2_credentials_free(credentials);
    if (!failed(sv2_credentials_new(secret, NULL, 0, 0, &credentials)) && !failed(sv2_responder_new(credentials, &responder)))
        printf("ok\n");
    free(secret);
}

static void handshake(void)
{
    uint8_t act2[SV2_ACT2_SIZE], *act1 = bytes_of(1, NULL);
    sv2_session_free(sessions[1]);
    if (!failed(sv2_responder_handshake(responder, act1, act2, &sessions[1])))
        answer(act2, sizeof act2);
    free(act1);
}

/* encrypt 0|1 FRAME */
static void encrypt(void)
{
    size_t length, made;
    uint8_t *plain = bytes_of(2, &length);
    size_t needed = sv2_encrypted_frame_length(length - SV2_HEADER_SIZE);
    uint8_t *target = (uint8_t *)malloc(needed);
    if (!failed(sv2_session_encrypt(sessions[atoi(arguments[1])], plain, length, target, needed, &made)))
        answer(target, made);
    free(target);
    free(plain);
}

/* decrypt 0|1 BYTES */
static void decrypt(void)
{
    size_t length, due, payload = 0;
    uint8_t *given = bytes_of(2, &length), header[SV2_HEADER_SIZE];
    sv2_session *session = sessions[atoi(arguments[1])];
    if (length >= SV2_ENCRYPTED_HEADER_SIZE && !failed(sv2_session_decrypt_header(session, given, header, &due))) {
        uint8_t *rest = given + SV2_ENCRYPTED_HEADER_SIZE;
        if (due == 0 || !failed(sv2_session_decrypt_payload(session, rest, length - SV2_ENCRYPTED_HEADER_SIZE, &payload))) {
            printf("ok ");
            hex_print(header, sizeof header);
            hex_print(rest, payload);
            printf("\n");
        }
    }
    free(given);
}

/* merkle COINBASE-PREFIX EXTRANONCE-PREFIX EXTRANONCE COINBASE-SUFFIX PATH */
static void merkle(void)
{
    sv2_bytes parts[5];
    uint8_t *memory[5];
    for (int i = 0; i < 5; i++) {
        memory[i] = bytes_of(i + 1, &parts[i].length);
        parts[i].data = memory[i];
    }
    sv2_u256 root;
    if (!failed(sv2_merkle_root(parts[0], parts[1], parts[2], parts[3], (const sv2_u256 *)memory[4], parts[4].length / 32, &root)))
        answer(root.bytes, sizeof root.bytes);
    for (int i = 0; i < 5; i++)
        free(memory[i]);
}

static void hash(void)
{
    size_t length;
    uint8_t *given = bytes_of(1, &length);
    sv2_u256 twice, of_header;
    if (!failed(sv2_sha256d(given, length, &twice))) {
        if (length == 80 && (sv2_header_hash(given, &of_header) != SV2_OK || memcmp(&twice, &of_header, sizeof twice) != 0))
            printf("error the header's hash differs\n");
        else
            answer(twice.bytes, sizeof twice.bytes);
    }
    free(given);
}

/* search HEADER FIRST COUNT TARGET */
static void search(void)
{
    uint8_t *header = bytes_of(1, NULL);
    sv2_u256 target;
    uint32_t nonce;
    if (!failed(sv2_u256_from_hex(arguments[4], &target))
        && !failed(sv2_search(header, (uint32_t)strtoul(arguments[2], NULL, 10), (uint32_t)strtoul(arguments[3], NULL, 10), &target, &nonce)))
        printf("ok %u\n", (unsigned)nonce);
    free(header);
}

static void show_target(sv2_status status, const sv2_u256 *target)
{
    char text[65];
    uint32_t nbits;
    if (!failed(status) && !failed(sv2_target_to_nbits(target, &nbits)) && !failed(sv2_u256_to_hex(target, text, sizeof text)))
        printf("ok %s %08x %.17g %.17g\n", text, (unsigned)nbits, sv2_target_difficulty(target), sv2_target_hashes_per_share(target));
}

static void target(void)
{
    sv2_u256 made;
    memset(&made, 0, sizeof made);
    if (strcmp(arguments[1], "nbits") == 0)
        show_target(sv2_target_from_nbits((uint32_t)strtoul(arguments[2], NULL, 16), &made), &made);
    else if (strcmp(arguments[1], "difficulty") == 0)
        show_target(sv2_target_from_difficulty(strtod(arguments[2], NULL), &made), &made);
    else if (strcmp(arguments[1], "rate") == 0)
        show_target(sv2_target_from_hash_rate(strtod(arguments[2], NULL), strtod(arguments[3], NULL), &made), &made);
    else
        show_target(sv2_u256_from_hex(arguments[2], &made), &made);
}

static void messages(void)
{
    printf("ok");
    for (size_t i = 0; i < sv2_message_count(); i++) {
        sv2_message_info info;
        if (sv2_message_describe(sv2_message_kind(i), &info) == SV2_OK)
            printf(" %06x:%s:%s:%u:%d:%u", (unsigned)info.kind, info.protocol, info.name, (unsigned)info.field_count, info.is_channel_message, (unsigned)info.direction);
    }
    printf("\n");
}

static void run(const char *line)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } commands[] = {
        {"frame", frame}, {"items", items}, {"json", json}, {"tlvs", tlvs}, {"key-parse", key_parse}, {"public", public_key},
        {"certificate", certificate}, {"sign", sign}, {"initiator", new_initiator}, {"read-act2", read_act2}, {"handshake", handshake},
        {"responder-vector", responder_vector}, {"responder", new_responder}, {"encrypt", encrypt}, {"decrypt", decrypt},
        {"merkle", merkle}, {"hash", hash}, {"search", search}, {"target", target}, {"messages", messages},
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, arguments[0]) == 0) {
            commands[i].run();
            return;
        }
    }
    printf("error no such command: %s\n", line);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (strncmp(line, "address ", 8) == 0) {
            address(line + 8);
        } else if (strncmp(line, "from-json ", 10) == 0) {
            from_json(line + 10);
        } else {
            char *rest = NULL;
            argument_count = 0;
            for (char *word = strtok_r(line, " ", &rest); word != NULL && argument_count < ARGUMENTS_MAX; word = strtok_r(NULL, " ", &rest))
                arguments[argument_count++] = word;
            if (argument_count > 0)
                run(line);
        }
        fflush(stdout);
    }
    free(line);
    sv2_initiator_free(initiator);
    sv2_responder_free(responder);
    return 0;
}
