/* Stratum V2 for firmware: messages, frames, the Noise handshake, keys, hashes, and a mining client without I/O.
 *
 * C11 and C++17. Link with -lsv2. docs/c-library.md is the guide, examples/c has a CPU miner and a frame printer.
 *
 * Conventions
 *
 *  Errors      Functions return an sv2_status: SV2_OK (0), SV2_NONE (1) where "there is nothing" is a normal answer, or a
 *              negative SV2_ERR_... Each failure leaves a sentence for people in sv2_last_error(), per thread. Nothing is
 *              ever thrown or longjmped through the caller, and no callback is ever made: the library has no threads that
 *              run the caller's code.
 *  Pointers    Must be valid for what the function says it reads or writes, or NULL where that is allowed; NULL elsewhere
 *              gives SV2_ERR_ARGUMENT. Text arguments end with a zero byte. No function keeps a pointer after it returns,
 *              with one exception that is the caller's own: decoded messages point into the frame they were read from.
 *  Results     Are written to the caller's memory. On failure handles are NULL and lengths 0; what else a function would
 *              have written is then unspecified. Functions that write a variable number of bytes take the capacity and
 *              give the length; when there is not room enough they write nothing, give the length needed, and return
 *              SV2_ERR_BUFFER. Ask with capacity 0 for the length alone. Text is written with a zero byte behind it,
 *              which the length does not count and the capacity must have room for.
 *  Handles     sv2_client, sv2_session and so on are numbers that look like pointers: never dereference them. Each is
 *              freed by its own ..._free, which accepts NULL. A handle that was freed, is of another kind, or was never
 *              given out, is found out and gives SV2_ERR_HANDLE; a second free does too. There can be 65536 at a time.
 *  Threads     Every function may be called from any thread at any time. Calls on one handle wait for each other, but for
 *              an sv2_session, where one thread may encrypt while another decrypts. A free waits for the call under way.
 *              Functions without a handle never wait.
 *  Numbers     Stand in the machine's own byte order in structs; wire order is the library's business. An sv2_u256 holds
 *              32 bytes with the least significant first, as hashes and targets stand on the wire and in block headers.
 *
 * What the library brings along: it is a .NET native library with a garbage collector of its own. It cannot be unloaded
 * (dlclose has no effect worth having) and does not survive fork without exec. It uses the signal SIGRTMIN among its own
 * threads and handles SIGSEGV raised by its own code, passing on any other.
 */
#ifndef SV2_H
#define SV2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define SV2_API __declspec(dllimport)
#else
#define SV2_API
#endif

/** Version of this header. sv2_version() gives the library's, in the same form: major << 16 | minor << 8 | patch. */
#define SV2_VERSION 0x000100u

/** Goes up with every change that a compiled program would notice. Compare it with sv2_abi_version() at the start. */
#define SV2_ABI_VERSION 1u

/* ---------------------------------------------------------------------------------------------------------- errors */

/** What functions return. Negative values are errors. */
typedef enum sv2_status {
    SV2_OK = 0,                   /**< Done. */
    SV2_NONE = 1,                 /**< Nothing there: no event, no further TLV, no nonce found, not a whole frame yet. */
    SV2_ERR_ARGUMENT = -1,        /**< A pointer is NULL or a value is out of its range. */
    SV2_ERR_BUFFER = -2,          /**< The buffer is too small; the length needed was given. */
    SV2_ERR_HANDLE = -3,          /**< The handle is NULL, freed, or of another kind. */
    SV2_ERR_STATE = -4,           /**< Called in the wrong order. */
    SV2_ERR_TRUNCATED = -5,       /**< The bytes end before the frame does. */
    SV2_ERR_MALFORMED = -6,       /**< The bytes do not hold the message. */
    SV2_ERR_UNKNOWN_MESSAGE = -7, /**< No message has this kind. */
    SV2_ERR_FORMAT = -8,          /**< A text cannot be read. */
    SV2_ERR_AUTHENTICATION = -9,  /**< Encrypted bytes are not what the peer sent: close the connection. */
    SV2_ERR_CERTIFICATE = -10,    /**< The server is not the expected one, or the certificate's time is over or to come. */
    SV2_ERR_STALE = -11,          /**< The job has ended or the channel is closed: look for other work. */
    SV2_ERR_CLOSED = -12,         /**< The connection is over. */
    SV2_ERR_LIMIT = -13,          /**< A limit is reached, or a value exceeds what the wire can carry. */
    SV2_ERR_MEMORY = -14,         /**< Out of memory. */
    SV2_ERR_UNSUPPORTED = -15,    /**< The system lacks something: no ChaCha20-Poly1305, for instance. */
    SV2_ERR_INTERNAL = -16        /**< An error inside the library: please report it with sv2_last_error(). */
} sv2_status;

/** A short text for a status, for logs. Static; never NULL. */
SV2_API const char *sv2_status_text(sv2_status status);

/** What the last failure on this thread was, in words: names the field, the limit, the value. UTF-8, one line, at most 511
 *  bytes, empty before the first failure. Valid until the next failure on this thread; never NULL, never freed by you. */
SV2_API const char *sv2_last_error(void);

/** Version of the library: major << 16 | minor << 8 | patch. */
SV2_API uint32_t sv2_version(void);

/** SV2_ABI_VERSION of the library. */
SV2_API uint32_t sv2_abi_version(void);

/** Handles in use, for tests that look for leaks. */
SV2_API size_t sv2_live_handles(void);

/** Which implementations of the curve and the cipher are in use, one line for the log. See SV2_ERR_BUFFER. */
SV2_API sv2_status sv2_cryptography(char *text, size_t capacity, size_t *length);

/* ------------------------------------------------------------------------------------------------------- base types */

/** Bytes that belong to somebody else. Text is carried in it as well, then UTF-8 without a zero byte at its end. */
typedef struct sv2_bytes {
    const uint8_t *data; /**< May be NULL when the length is 0. */
    size_t length;
} sv2_bytes;

/** A 256-bit number, least significant byte first: hashes, targets, merkle roots. */
typedef struct sv2_u256 {
    uint8_t bytes[32];
} sv2_u256;

/** A sequence of byte strings. Make one by pointing `items` to your own array; one that was decoded has `items` NULL and
 *  `wire` set, and is walked with sv2_bytes_list_next. Either can be encoded. */
typedef struct sv2_bytes_list {
    const sv2_bytes *items; /**< `count` elements of yours, or NULL. */
    size_t count;           /**< How many elements there are. */
    sv2_bytes wire;         /**< Decoded: the elements as in the frame, each behind its length. */
    size_t prefix_size;     /**< Decoded: bytes of each length, 1 to 3. */
} sv2_bytes_list;

/** Takes the first element off a decoded list (`items` NULL) or one of your own. Returns false at the end.
 *  Changes `list`, so walk a copy: `for (sv2_bytes_list rest = m.transaction_list; sv2_bytes_list_next(&rest, &tx);)`. */
static inline bool sv2_bytes_list_next(sv2_bytes_list *list, sv2_bytes *item)
{
    if (list->count == 0)
        return false;
    list->count--;
    if (list->items != NULL) {
        *item = *list->items++;
        return true;
    }
    size_t length = 0;
    for (size_t i = 0; i < list->prefix_size; i++)
        length |= (size_t)list->wire.data[i] << (8 * i);
    item->data = list->wire.data + list->prefix_size;
    item->length = length;
    list->wire.data += list->prefix_size + length;
    list->wire.length -= list->prefix_size + length;
    return true;
}

/* --------------------------------------------------------------------------------------------------------- messages */

/** Writes a message as a whole frame: 6-byte header, payload, TLVs.
 *
 *  The typed wrappers below (sv2_mining_submit_shares_extended_encode and so on) call this one.
 *
 *  kind      an sv2_kind
 *  message   the struct of that kind
 *  tlvs      goes behind the last field; {NULL, 0} for none. Write it with sv2_tlv_write.
 *  frame     receives the frame
 *  length    receives the frame's length, also when there is no room for it
 *
 *  SV2_ERR_UNKNOWN_MESSAGE; SV2_ERR_LIMIT: a field is longer than its type allows; SV2_ERR_ARGUMENT; SV2_ERR_BUFFER.
 *  Allocates nothing. */
SV2_API sv2_status sv2_message_encode(uint32_t kind, const void *message, sv2_bytes tlvs, uint8_t *frame, size_t capacity, size_t *length);

#include "sv2_messages.h"

/** Reads one frame. `message->kind` says which member of the union is valid; it is SV2_KIND_NONE on failure. Byte strings,
 *  texts, sequences and TLVs point into `frame`: they are valid as long as you keep it unchanged.
 *
 *  length    bytes at `frame`; those after the frame are not looked at
 *
 *  SV2_ERR_TRUNCATED: the frame is not whole; SV2_ERR_UNKNOWN_MESSAGE: ignore it, unless you know its extension;
 *  SV2_ERR_MALFORMED: sv2_last_error() names the field. Allocates nothing, but for the error's text. */
SV2_API sv2_status sv2_message_decode(const uint8_t *frame, size_t length, sv2_message *message);

/** How long the frame at the start of a stream is, header included. SV2_OK: it is there as a whole; SV2_NONE: more bytes are
 *  needed, and `*length` is how many there must be before it is worth asking again (6 while even the header is cut). */
SV2_API sv2_status sv2_frame_length(const uint8_t *data, size_t available, size_t *length);

/** Shows a frame as one line of JSON, as `sv2 decode` prints it: never fails for what the bytes are, but gives an object
 *  with "error" then. `*length` is without the zero byte at the end; the capacity must have room for it. */
SV2_API sv2_status sv2_frame_to_json(const uint8_t *frame, size_t frame_length, char *json, size_t capacity, size_t *length);

/** Makes a frame of such a JSON object, at most 64 KiB of text. SV2_ERR_FORMAT: sv2_last_error() says what is wrong with it. */
SV2_API sv2_status sv2_frame_from_json(const char *json, uint8_t *frame, size_t capacity, size_t *length);

/** A field that an extension adds after another message. */
typedef struct sv2_tlv {
    uint16_t extension_type; /**< The extension. */
    uint8_t field_type;      /**< The field within it. */
    sv2_bytes value;         /**< Its value. */
} sv2_tlv;

/** Takes the first TLV off `rest`, which begins as a copy of `message.tlvs`. SV2_NONE at the end; SV2_ERR_MALFORMED, with
 *  `rest` unchanged, when what is left is not a whole TLV. */
SV2_API sv2_status sv2_tlv_next(sv2_bytes *rest, sv2_tlv *tlv);

/** Writes a TLV. Several go one behind the other, in ascending order of their extensions. */
SV2_API sv2_status sv2_tlv_write(const sv2_tlv *tlv, uint8_t *buffer, size_t capacity, size_t *length);

/** Who sends a message. */
typedef enum sv2_direction {
    SV2_CLIENT_TO_SERVER = 1,
    SV2_SERVER_TO_CLIENT = 2,
    SV2_EITHER_DIRECTION = 3
} sv2_direction;

/** What the library knows of a message: for bindings and tests. */
typedef struct sv2_message_info {
    uint32_t kind;           /**< Its sv2_kind. */
    uint16_t extension_type; /**< As in the frame header, without the channel bit. */
    uint8_t message_type;    /**< As in the frame header. */
    bool is_channel_message; /**< Whether it is sent with the channel bit. */
    uint32_t direction;      /**< An sv2_direction. */
    uint32_t field_count;    /**< Number of fields. */
    uint32_t struct_size;    /**< sizeof its struct. */
    uint32_t payload_min;    /**< Bytes of its shortest payload. */
    char name[64];           /**< As the specification spells it. */
    char protocol[64];       /**< Protocol or extension. */
} sv2_message_info;

/** What the library knows of a field. */
typedef struct sv2_field_info {
    uint32_t offset; /**< offsetof in the struct. */
    uint32_t size;   /**< Bytes in the struct. */
    char name[64];   /**< As the specification spells it. */
    char type[64];   /**< Wire type, such as SEQ0_255[U256]. */
} sv2_field_info;

/** Number of messages the library knows. */
SV2_API size_t sv2_message_count(void);

/** The kind of message number `index`, from 0; SV2_KIND_NONE beyond the last. */
SV2_API uint32_t sv2_message_kind(size_t index);

/** Describes a message. SV2_ERR_UNKNOWN_MESSAGE. */
SV2_API sv2_status sv2_message_describe(uint32_t kind, sv2_message_info *info);

/** Describes field number `index`, from 0, of a message. SV2_NONE beyond the last. */
SV2_API sv2_status sv2_message_describe_field(uint32_t kind, size_t index, sv2_field_info *info);

/** The size the library gives a struct of this header, such as "sv2_event"; 0 for a name it does not know. */
SV2_API size_t sv2_struct_size(const char *name);

/* ------------------------------------------------------------------------------ authority keys, connection strings */

/** Bytes of keys and secrets. */
#define SV2_KEY_SIZE 32
/** Room for an authority key as text with its zero byte. */
#define SV2_KEY_TEXT_SIZE 64
/** Bytes of a certificate. */
#define SV2_CERTIFICATE_SIZE 74

/** Makes an authority's key pair from the system's random source. Keep the secret; wipe your copies with sv2_wipe.
 *  secret: receives 32 bytes; public_key: receives 32 bytes, or NULL. */
SV2_API sv2_status sv2_authority_generate(uint8_t *secret, uint8_t *public_key);

/** The public key (32-byte x-coordinate) of an authority's secret. SV2_ERR_ARGUMENT: the secret is no private key. */
SV2_API sv2_status sv2_authority_public_key(const uint8_t *secret, uint8_t *public_key);

/** Reads an authority's public key as published, 51 or 52 characters of base58check. SV2_ERR_FORMAT. */
SV2_API sv2_status sv2_authority_key_parse(const char *text, uint8_t *public_key);

/** Writes an authority's public key as it is published. SV2_ERR_ARGUMENT: the 32 bytes are no key. */
SV2_API sv2_status sv2_authority_key_format(const uint8_t *public_key, char *text, size_t capacity, size_t *length);

/** The public key (32-byte x-coordinate) of a server's static secret: what a certificate is signed for. */
SV2_API sv2_status sv2_static_key(const uint8_t *secret, uint8_t *public_key);

/** Signs a certificate for a server.
 *  valid_from, not_valid_after: seconds since 1970, both included; certificate: receives 74 bytes. */
SV2_API sv2_status sv2_certificate_sign(const uint8_t *authority_secret, const uint8_t *server_key, uint32_t valid_from, uint32_t not_valid_after, uint8_t *certificate);

/** Judges a certificate as a client does, with 10 s of leeway for clocks. unix_time: seconds since 1970, 0 for the system's
 *  clock. SV2_ERR_CERTIFICATE: sv2_last_error() says what is wrong with it, the clock perhaps. */
SV2_API sv2_status sv2_certificate_check(const uint8_t *certificate, const uint8_t *server_key, const uint8_t *authority_key, int64_t unix_time);

/** Overwrites memory with zeros in a way that the compiler does not leave out. */
SV2_API void sv2_wipe(void *data, size_t length);

/** What a connection string says. */
typedef struct sv2_address {
    char host[256];                       /**< Host name or IP address (IPv6 without brackets), with a zero byte. */
    uint16_t port;                        /**< TCP port. */
    bool has_authority_key;               /**< Whether the string names a key. */
    uint8_t authority_key[SV2_KEY_SIZE];  /**< The key that the server's certificate must be signed with. */
} sv2_address;

/** Reads stratum2+tcp://host:port/key. SV2_ERR_FORMAT: sv2_last_error() says what is wrong with it. */
SV2_API sv2_status sv2_address_parse(const char *text, sv2_address *address);

/** Writes a connection string that reads back to the same address. */
SV2_API sv2_status sv2_address_format(const sv2_address *address, char *text, size_t capacity, size_t *length);

/* ------------------------------------------------------------------------------------------------ Noise, without I/O */

/** The client's side of a handshake. */
typedef struct sv2_initiator sv2_initiator;
/** What a server authenticates itself with. */
typedef struct sv2_credentials sv2_credentials;
/** The server's side of a handshake. */
typedef struct sv2_responder sv2_responder;
/** The two ciphers of a connection whose handshake is done. */
typedef struct sv2_session sv2_session;

/** Bytes of the client's message. */
#define SV2_ACT1_SIZE 64
/** Bytes of the server's answer. */
#define SV2_ACT2_SIZE 234
/** Bytes of a frame header. */
#define SV2_HEADER_SIZE 6
/** Bytes of an encrypted frame header. */
#define SV2_ENCRYPTED_HEADER_SIZE 22

/** Starts a client's handshake: sv2_initiator_write_act1, send 64 bytes, read 234 bytes, sv2_initiator_read_act2, free.
 *  authority_key: 32 bytes from the connection string. NULL accepts any server, impostors included.
 *  unix_time: the time to judge the certificate by, 0 for the system's clock. */
SV2_API sv2_status sv2_initiator_new(const uint8_t *authority_key, int64_t unix_time, sv2_initiator **initiator);

/** Writes the client's message, 64 bytes. SV2_ERR_STATE: called before. */
SV2_API sv2_status sv2_initiator_write_act1(sv2_initiator *initiator, uint8_t *act1);

/** Reads the server's answer, 234 bytes, checks who it is, and gives the session, which you free. SV2_ERR_AUTHENTICATION:
 *  the bytes were changed on their way; SV2_ERR_CERTIFICATE: it is the wrong server or its certificate is out of date;
 *  SV2_ERR_STATE. After a failure the handshake is over: close the connection and send nothing. */
SV2_API sv2_status sv2_initiator_read_act2(sv2_initiator *initiator, const uint8_t *act2, sv2_session **session);

/** Frees it and wipes its secrets. A session it gave stays. NULL is fine. */
SV2_API sv2_status sv2_initiator_free(sv2_initiator *initiator);

/** Credentials that sign their certificates themselves, anew once half of a certificate's time has passed.
 *  authority_secret: 32 bytes; static_secret: 32 bytes, or NULL for a new key; valid_seconds: how long a certificate holds,
 *  0 for a day; unix_time: the time now, 0 for the system's clock. The secrets are copied. */
SV2_API sv2_status sv2_credentials_new(const uint8_t *authority_secret, const uint8_t *static_secret, uint32_t valid_seconds, int64_t unix_time, sv2_credentials **credentials);

/** Credentials of a server that does not hold the authority's secret. certificate: 74 bytes. SV2_ERR_CERTIFICATE: it is not
 *  the authority's for this key. */
SV2_API sv2_status sv2_credentials_from_certificate(const uint8_t *static_secret, const uint8_t *certificate, const uint8_t *authority_key, sv2_credentials **credentials);

/** Frees them and wipes the secrets. Responders that have not done their handshake cannot do it any more. NULL is fine. */
SV2_API sv2_status sv2_credentials_free(sv2_credentials *credentials);

/** Starts a server's handshake. One for each connection; the credentials serve all. */
SV2_API sv2_status sv2_responder_new(sv2_credentials *credentials, sv2_responder **responder);

/** Reads the client's message (64 bytes), writes the answer to send (234 bytes), and gives the session, which you free.
 *  Any 64 bytes are accepted here; a peer that sent nonsense fails at its first frame. SV2_ERR_STATE: done before. */
SV2_API sv2_status sv2_responder_handshake(sv2_responder *responder, const uint8_t *act1, uint8_t *act2, sv2_session **session);

/** Frees it and wipes its secrets. A session it gave stays. NULL is fine. */
SV2_API sv2_status sv2_responder_free(sv2_responder *responder);

/** Bytes on the wire of a frame with a payload of this length; 0 when the length does not fit 24 bits. */
SV2_API size_t sv2_encrypted_frame_length(size_t payload_length);

/** Encrypts one frame, header and payload. `encrypted` is `frame` itself, or does not overlap it.
 *  SV2_ERR_BUFFER: sv2_encrypted_frame_length bytes are needed; SV2_ERR_ARGUMENT: the header announces another length;
 *  SV2_ERR_STATE: the nonces are used up (after 2^64 blocks). */
SV2_API sv2_status sv2_session_encrypt(sv2_session *session, const uint8_t *frame, size_t frame_length, uint8_t *encrypted, size_t capacity, size_t *length);

/** Decrypts a header: 22 bytes to 6. Then read `*encrypted_payload_length` bytes, which may be 0, and decrypt them before
 *  the next header. SV2_ERR_AUTHENTICATION: close the connection, nothing more can be decrypted; SV2_ERR_STATE: a payload is
 *  due. */
SV2_API sv2_status sv2_session_decrypt_header(sv2_session *session, const uint8_t *encrypted, uint8_t *header, size_t *encrypted_payload_length);

/** Decrypts a payload where it stands; afterwards `*payload_length` bytes at the start of the buffer are its plaintext.
 *  encrypted_length: what sv2_session_decrypt_header announced. SV2_ERR_AUTHENTICATION; SV2_ERR_STATE: no header came. */
SV2_API sv2_status sv2_session_decrypt_payload(sv2_session *session, uint8_t *buffer, size_t encrypted_length, size_t *payload_length);

/** What is known of a session. */
typedef struct sv2_session_info {
    uint8_t handshake_hash[32]; /**< The same on both sides, different for every connection. */
    uint8_t server_key[32];     /**< The server's static public key. */
    uint32_t valid_from;        /**< Of the server's certificate, seconds since 1970. */
    uint32_t not_valid_after;   /**< Of the server's certificate, seconds since 1970. */
} sv2_session_info;

/** Describes a session. */
SV2_API sv2_status sv2_session_describe(sv2_session *session, sv2_session_info *info);

/** Frees it and wipes its keys. NULL is fine. */
SV2_API sv2_status sv2_session_free(sv2_session *session);

/* ------------------------------------------------------------------------------------------------ hashes and targets */

/** SHA-256 twice. */
SV2_API sv2_status sv2_sha256d(const uint8_t *data, size_t length, sv2_u256 *hash);

/** The hash of an 80-byte block header. */
SV2_API sv2_status sv2_header_hash(const uint8_t *header, sv2_u256 *hash);

/** Tries nonces on an 80-byte header, whose own nonce does not matter: `first_nonce`, and `count` altogether, going around
 *  after 2^32. SV2_OK: the header with `*nonce` has a hash at or below the target, and is the first such; SV2_NONE: none
 *  has. `*nonce` is unchanged then. Uses the machine's vector instructions; runs on the calling thread. */
SV2_API sv2_status sv2_search(const uint8_t *header, uint32_t first_nonce, uint32_t count, const sv2_u256 *target, uint32_t *nonce);

/** The merkle root of a job: the coinbase put together from its four parts (without witness data), hashed, and folded with
 *  the path. path: `path_count` hashes, deepest first; NULL when there are none. */
SV2_API sv2_status sv2_merkle_root(sv2_bytes coinbase_prefix, sv2_bytes extranonce_prefix, sv2_bytes extranonce, sv2_bytes coinbase_suffix, const sv2_u256 *path, size_t path_count, sv2_u256 *root);

/** Compares as numbers: below 0, 0, or above 0. A hash meets a target when the result for (hash, target) is not above 0.
 *  NULL counts as 0. */
SV2_API int sv2_u256_compare(const sv2_u256 *left, const sv2_u256 *right);

/** 64 hexadecimal digits with the most significant first, as explorers show hashes. Takes 65 bytes with the zero byte. */
SV2_API sv2_status sv2_u256_to_hex(const sv2_u256 *value, char *text, size_t capacity);

/** Reads them back. SV2_ERR_FORMAT. */
SV2_API sv2_status sv2_u256_from_hex(const char *text, sv2_u256 *value);

/** The target of a header's nbits. SV2_ERR_FORMAT: it is none. */
SV2_API sv2_status sv2_target_from_nbits(uint32_t nbits, sv2_u256 *target);

/** The nbits of a target, rounded down to what it can hold. */
SV2_API sv2_status sv2_target_to_nbits(const sv2_u256 *target, uint32_t *nbits);

/** The target of a difficulty, where 1 is 0x00000000ffff0000...; above 0. */
SV2_API sv2_status sv2_target_from_difficulty(double difficulty, sv2_u256 *target);

/** The target at which this hash rate finds a share every so many seconds on average; both above 0. */
SV2_API sv2_status sv2_target_from_hash_rate(double hashes_per_second, double seconds_per_share, sv2_u256 *target);

/** The difficulty of a target; infinite for 0, and 0 for NULL. */
SV2_API double sv2_target_difficulty(const sv2_u256 *target);

/** Hashes that one share of this target takes on average; 0 for NULL. */
SV2_API double sv2_target_hashes_per_share(const sv2_u256 *target);

/* ------------------------------------------------------------------------------------- the mining client, without I/O */

/** A mining connection whose socket is yours.
 *
 *  Your loop: write what sv2_client_outgoing gives to the socket and say with sv2_client_sent how much went; hand what you
 *  read from the socket to sv2_client_receive; take events with sv2_client_next_event until SV2_NONE. The client does the
 *  Noise handshake, sets the connection up, follows jobs, targets and prefixes, and numbers the shares. When the connection
 *  ends, free it and make another: nothing of the old one counts for the new one. */
typedef struct sv2_client sv2_client;

/** How a client connects. Zero it, then set what you need: `sv2_client_config config = {.struct_size = sizeof config}`. */
typedef struct sv2_client_config {
    size_t struct_size;            /**< sizeof(sv2_client_config). */
    const uint8_t *authority_key;  /**< 32 bytes from the connection string; NULL accepts any server, impostors included. */
    bool plaintext;                /**< No encryption: for tests on this machine only. Default: false. */
    uint32_t flags;                /**< SV2_MINING_SETUP_FLAGS_..., of what the device needs. Default: none. */
    const char *vendor;            /**< Maker of the device and the firmware's name; must be given. At most 255 bytes, as all texts. */
    const char *hardware_version;  /**< Model and revision. Default: empty. */
    const char *firmware;          /**< Firmware's name and version. Default: empty. */
    const char *device_id;         /**< Identifier of the device; empty unless telemetry is wanted. Default: empty. */
    const char *endpoint_host;     /**< Host connected to, as the user gave it. Default: empty. */
    uint16_t endpoint_port;        /**< Port connected to. Default: 0. */
    const uint16_t *extensions;    /**< Extensions to ask for, such as SV2_TLV_USER_IDENTITY_EXTENSION. Default: none. */
    size_t extension_count;        /**< How many, at most 64. */
    int64_t unix_time;             /**< The time now, for devices whose system clock is not set. Default 0: the system's clock. */
    uint32_t payload_max;          /**< Longest payload accepted, in bytes. Default 0: 1 MiB. */
    uint32_t events_max;           /**< Events kept for you before no more bytes are taken. Default 0: 256; at most 65536. */
} sv2_client_config;

/** Makes a client. The configuration is copied. SV2_ERR_ARGUMENT names the field that cannot be used. */
SV2_API sv2_status sv2_client_new(const sv2_client_config *config, sv2_client **client);

/** Frees it, wipes its keys, and forgets bytes and events that were not taken. NULL is fine. */
SV2_API sv2_status sv2_client_free(sv2_client *client);

/** Hands over bytes from the socket, cut anywhere. `*taken` is how many were taken: fewer than `length` only while events
 *  wait to be taken; take them, then hand over the rest. Errors in the bytes end the connection with SV2_EVENT_CLOSED, and
 *  every later call gives SV2_ERR_CLOSED. */
SV2_API sv2_status sv2_client_receive(sv2_client *client, const uint8_t *data, size_t length, size_t *taken);

/** Copies bytes to be sent, from the first one on, as many as fit. They stay until sv2_client_sent. SV2_NONE: nothing to
 *  send. Goes on giving bytes after the connection's end, until all are sent. When more than 1 MiB waits, the connection
 *  ends. */
SV2_API sv2_status sv2_client_outgoing(sv2_client *client, uint8_t *buffer, size_t capacity, size_t *length);

/** Says that so many of the bytes were written to the socket. */
SV2_API sv2_status sv2_client_sent(sv2_client *client, size_t length);

/** What can happen. Each entry names the members of sv2_event that it sets besides `type`. */
typedef enum sv2_event_type {
    SV2_EVENT_NONE = 0,
    SV2_EVENT_CONNECTED = 1,         /**< Open channels now. flags: SV2_MINING_SETUP_SUCCESS_FLAGS_... */
    SV2_EVENT_SETUP_REFUSED = 2,     /**< The server refuses the connection. text: its error code; flags: what it does not support. */
    SV2_EVENT_CLOSED = 3,            /**< The connection is over. text: why, in words. Always the last event. */
    SV2_EVENT_CHANNEL_OPENED = 4,    /**< A channel is open, without work yet. channel_id, request_id, channel. */
    SV2_EVENT_OPEN_REFUSED = 5,      /**< A channel was not opened. request_id, text: error code. */
    SV2_EVENT_CHANNEL_CLOSED = 6,    /**< The server closed a channel. channel_id, text: reason. */
    SV2_EVENT_WORK = 7,              /**< Mine this from now on; see sv2_work. channel_id, work. */
    SV2_EVENT_WORK_ENDED = 8,        /**< Stop mining on this channel until its next work. channel_id. */
    SV2_EVENT_FUTURE_JOB = 9,        /**< A job for the next block came; nothing to do. channel_id, count: its job id. */
    SV2_EVENT_TARGET = 10,           /**< The channel's target changed; work with it follows where it concerns the present job. channel_id, channel. */
    SV2_EVENT_EXTRANONCE_PREFIX = 11, /**< The prefix of jobs to come changed; nothing to do. channel_id, channel. */
    SV2_EVENT_SHARES_ACCEPTED = 12,  /**< channel_id, count: shares of this batch, sequence_number: the latest, difficulty: their sum, channel. */
    SV2_EVENT_SHARE_REJECTED = 13,   /**< channel_id, sequence_number, text: error code, channel. */
    SV2_EVENT_UPDATE_REFUSED = 14,   /**< sv2_client_update_channel was refused. channel_id, text: error code. */
    SV2_EVENT_CUSTOM_JOB_ACCEPTED = 15, /**< channel_id, request_id, work. */
    SV2_EVENT_CUSTOM_JOB_REFUSED = 16, /**< request_id, text: error code. */
    SV2_EVENT_RECONNECT = 17,        /**< Connect again, to a server of the same authority key. text: host, empty for the same; port, 0 for the same. */
    SV2_EVENT_EXTENSIONS = 18,       /**< The answer on extensions. count: how many are in use; text: why none is, or which the server requires (is_fatal). */
    SV2_EVENT_ENDPOINT_CHANGED = 19, /**< What was agreed about extensions is void on this channel. channel_id. */
    SV2_EVENT_VIOLATION = 20         /**< The server broke the protocol; log it. channel_id, text; is_fatal: close and reopen the channel. */
} sv2_event_type;

/** A channel as it is now. */
typedef struct sv2_channel {
    uint32_t channel_id;
    uint32_t group_channel_id;
    bool is_extended;
    uint8_t extranonce_prefix_size;  /**< Bytes of the prefix. */
    uint16_t extranonce_size;        /**< Bytes you choose; 0 on a standard channel. */
    uint8_t extranonce_prefix[32];   /**< The prefix of jobs to come. */
    sv2_u256 target;                 /**< The target of jobs to come. */
    uint64_t submitted;              /**< Shares submitted. */
    uint64_t accepted;               /**< Shares acknowledged. */
    uint64_t rejected;               /**< Shares refused. */
    uint64_t accepted_difficulty;    /**< Sum of the difficulties acknowledged. */
} sv2_channel;

/** What to mine. Everything that makes a share: the nonce; the version's bits within version_mask; the time, from min_ntime
 *  up, one second more for each that has passed since the work came (sv2_client_header gives the latest); on an extended
 *  channel the extranonce, of which sv2_client_header makes headers. */
typedef struct sv2_work {
    uint32_t channel_id;
    uint32_t job_id;
    uint32_t version;         /**< To start with. */
    uint32_t version_mask;    /**< Bits of the version that may be changed; 0 when none may. */
    uint32_t nbits;           /**< The network's target, as in the header. */
    uint32_t min_ntime;       /**< Smallest time, to start with. */
    uint32_t extranonce_size; /**< Bytes of extranonce you choose; 0 on a standard channel. */
    bool is_new_block;        /**< The previous hash is another one: all earlier work of the channel is void. */
    sv2_u256 prev_hash;
    sv2_u256 merkle_root;     /**< On an extended channel that of an extranonce of zeros. */
    sv2_u256 target;          /**< A hash at or below it is a share. */
    uint8_t header[80];       /**< The header with all this, nonce 0. */
} sv2_work;

/** Something that happened. Members that its type does not name are zero. */
typedef struct sv2_event {
    uint32_t type; /**< An sv2_event_type. */
    uint32_t channel_id;
    uint32_t request_id;
    uint32_t sequence_number;
    uint32_t count;
    uint32_t flags;
    uint64_t difficulty;
    uint16_t port;
    bool is_fatal;
    sv2_channel channel;
    sv2_work work;
    char text[256]; /**< UTF-8 with a zero byte, control characters become spaces, cut where it is longer. */
} sv2_event;

/** Takes the oldest event. SV2_NONE: there is none. */
SV2_API sv2_status sv2_client_next_event(sv2_client *client, sv2_event *event);

/** Whether an extension is in use on the connection: SV2_OK or SV2_NONE. */
SV2_API sv2_status sv2_client_has_extension(sv2_client *client, uint16_t extension_type);

/** Asks for a standard channel: one device that hashes headers only. The answer is SV2_EVENT_CHANNEL_OPENED or
 *  SV2_EVENT_OPEN_REFUSED with the request's id.
 *  user_identity: who is to be credited, at most 255 bytes; hash_rate: hashes a second, 0 when unknown; max_target: the
 *  easiest target the device can work with, NULL for any. SV2_ERR_STATE: not connected yet. */
SV2_API sv2_status sv2_client_open_standard_channel(sv2_client *client, const char *user_identity, float hash_rate, const sv2_u256 *max_target, uint32_t *request_id);

/** Asks for an extended channel: a device that rolls at least `min_extranonce_size` bytes (at most 32) of extranonce. */
SV2_API sv2_status sv2_client_open_extended_channel(sv2_client *client, const char *user_identity, float hash_rate, const sv2_u256 *max_target, uint16_t min_extranonce_size, uint32_t *request_id);

/** Tells the server of another hash rate or easiest target. Only a refusal is answered. SV2_ERR_STALE: no such channel. */
SV2_API sv2_status sv2_client_update_channel(sv2_client *client, uint32_t channel_id, float hash_rate, const sv2_u256 *max_target);

/** Closes a channel. reason: printable ASCII; NULL for the usual one. */
SV2_API sv2_status sv2_client_close_channel(sv2_client *client, uint32_t channel_id, const char *reason);

/** Describes an open channel. SV2_ERR_STALE: no such channel. */
SV2_API sv2_status sv2_client_channel(sv2_client *client, uint32_t channel_id, sv2_channel *channel);

/** The work of a channel that came last. SV2_NONE: none yet. */
SV2_API sv2_status sv2_client_work(sv2_client *client, uint32_t channel_id, sv2_work *work);

/** Makes the header of a job for an extranonce: 80 bytes, nonce 0, smallest time, version to start with.
 *  extranonce: exactly the channel's extranonce_size bytes, NULL and 0 on a standard channel; ntime_max: receives the latest
 *  time that may be used now, or NULL. SV2_ERR_STALE: the job has ended. `header` is unchanged on failure. */
SV2_API sv2_status sv2_client_header(sv2_client *client, uint32_t channel_id, uint32_t job_id, const uint8_t *extranonce, size_t extranonce_size, uint8_t *header, uint32_t *ntime_max);

/** A share to submit. */
typedef struct sv2_share {
    uint32_t channel_id;
    uint32_t job_id;
    uint32_t nonce;
    uint32_t ntime;
    uint32_t version;           /**< Whole version; may differ from the work's within its version_mask. */
    const uint8_t *extranonce;  /**< The channel's extranonce_size bytes; NULL on a standard channel. */
    size_t extranonce_size;
    const char *worker;         /**< Name of the worker, at most 32 bytes, sent where extension 0x0002 is in use; or NULL. */
} sv2_share;

/** Submits a share. Its hash is yours to have checked. Verdicts come as SV2_EVENT_SHARES_ACCEPTED and ..._REJECTED.
 *  sequence_number: receives the share's number, or NULL. SV2_ERR_STALE: the server would only refuse it, nothing was sent;
 *  SV2_ERR_ARGUMENT: time, version or extranonce are outside the work's limits, sv2_last_error() says which. */
SV2_API sv2_status sv2_client_submit(sv2_client *client, const sv2_share *share, uint32_t *sequence_number);

/** Asks to be paid for a job of the device's own (needs SV2_MINING_SETUP_FLAGS_REQUIRES_WORK_SELECTION). request_id of the
 *  struct is filled in by the client and given in `*request_id`. The answer is SV2_EVENT_CUSTOM_JOB_ACCEPTED, with the work
 *  under the id it got, or ..._REFUSED. */
SV2_API sv2_status sv2_client_set_custom_mining_job(sv2_client *client, const sv2_mining_set_custom_mining_job *job, uint32_t *request_id);

#ifdef __cplusplus
}
#endif

#endif /* SV2_H */
