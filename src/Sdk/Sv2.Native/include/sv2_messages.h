/* Messages of Stratum V2 as plain C structs: the generated part of sv2.h, which includes it.
 *
 * Made from the .sv2 files of spec; change those, then run the tests of Sv2.Spec with SV2_UPDATE_GOLDEN=1.
 */
#ifndef SV2_MESSAGES_H
#define SV2_MESSAGES_H

#ifndef SV2_H
#error "include sv2.h, which includes this file"
#endif

/** Numbers of the messages: the extension type times 256, plus the message type of the frame header. */
typedef enum sv2_kind {
    SV2_COMMON_SETUP_CONNECTION = 0x000000, /**< SetupConnection */
    SV2_COMMON_SETUP_CONNECTION_SUCCESS = 0x000001, /**< SetupConnection.Success */
    SV2_COMMON_SETUP_CONNECTION_ERROR = 0x000002, /**< SetupConnection.Error */
    SV2_COMMON_CHANNEL_ENDPOINT_CHANGED = 0x000003, /**< ChannelEndpointChanged */
    SV2_COMMON_RECONNECT = 0x000004, /**< Reconnect */
    SV2_JOB_DECLARATION_ALLOCATE_MINING_JOB_TOKEN = 0x000050, /**< AllocateMiningJobToken */
    SV2_JOB_DECLARATION_ALLOCATE_MINING_JOB_TOKEN_SUCCESS = 0x000051, /**< AllocateMiningJobToken.Success */
    SV2_JOB_DECLARATION_PROVIDE_MISSING_TRANSACTIONS = 0x000055, /**< ProvideMissingTransactions */
    SV2_JOB_DECLARATION_PROVIDE_MISSING_TRANSACTIONS_SUCCESS = 0x000056, /**< ProvideMissingTransactions.Success */
    SV2_JOB_DECLARATION_DECLARE_MINING_JOB = 0x000057, /**< DeclareMiningJob */
    SV2_JOB_DECLARATION_DECLARE_MINING_JOB_SUCCESS = 0x000058, /**< DeclareMiningJob.Success */
    SV2_JOB_DECLARATION_DECLARE_MINING_JOB_ERROR = 0x000059, /**< DeclareMiningJob.Error */
    SV2_JOB_DECLARATION_PUSH_SOLUTION = 0x000060, /**< PushSolution */
    SV2_MINING_OPEN_STANDARD_MINING_CHANNEL = 0x000010, /**< OpenStandardMiningChannel */
    SV2_MINING_OPEN_STANDARD_MINING_CHANNEL_SUCCESS = 0x000011, /**< OpenStandardMiningChannel.Success */
    SV2_MINING_OPEN_MINING_CHANNEL_ERROR = 0x000012, /**< OpenMiningChannel.Error */
    SV2_MINING_OPEN_EXTENDED_MINING_CHANNEL = 0x000013, /**< OpenExtendedMiningChannel */
    SV2_MINING_OPEN_EXTENDED_MINING_CHANNEL_SUCCESS = 0x000014, /**< OpenExtendedMiningChannel.Success */
    SV2_MINING_NEW_MINING_JOB = 0x000015, /**< NewMiningJob */
    SV2_MINING_UPDATE_CHANNEL = 0x000016, /**< UpdateChannel */
    SV2_MINING_UPDATE_CHANNEL_ERROR = 0x000017, /**< UpdateChannel.Error */
    SV2_MINING_CLOSE_CHANNEL = 0x000018, /**< CloseChannel */
    SV2_MINING_SET_EXTRANONCE_PREFIX = 0x000019, /**< SetExtranoncePrefix */
    SV2_MINING_SUBMIT_SHARES_STANDARD = 0x00001a, /**< SubmitSharesStandard */
    SV2_MINING_SUBMIT_SHARES_EXTENDED = 0x00001b, /**< SubmitSharesExtended */
    SV2_MINING_SUBMIT_SHARES_SUCCESS = 0x00001c, /**< SubmitShares.Success */
    SV2_MINING_SUBMIT_SHARES_ERROR = 0x00001d, /**< SubmitShares.Error */
    SV2_MINING_NEW_EXTENDED_MINING_JOB = 0x00001f, /**< NewExtendedMiningJob */
    SV2_MINING_SET_NEW_PREV_HASH = 0x000020, /**< SetNewPrevHash */
    SV2_MINING_SET_TARGET = 0x000021, /**< SetTarget */
    SV2_MINING_SET_CUSTOM_MINING_JOB = 0x000022, /**< SetCustomMiningJob */
    SV2_MINING_SET_CUSTOM_MINING_JOB_SUCCESS = 0x000023, /**< SetCustomMiningJob.Success */
    SV2_MINING_SET_CUSTOM_MINING_JOB_ERROR = 0x000024, /**< SetCustomMiningJob.Error */
    SV2_MINING_SET_GROUP_CHANNEL = 0x000025, /**< SetGroupChannel */
    SV2_TEMPLATE_DISTRIBUTION_COINBASE_OUTPUT_CONSTRAINTS = 0x000070, /**< CoinbaseOutputConstraints */
    SV2_TEMPLATE_DISTRIBUTION_NEW_TEMPLATE = 0x000071, /**< NewTemplate */
    SV2_TEMPLATE_DISTRIBUTION_SET_NEW_PREV_HASH = 0x000072, /**< SetNewPrevHash */
    SV2_TEMPLATE_DISTRIBUTION_REQUEST_TRANSACTION_DATA = 0x000073, /**< RequestTransactionData */
    SV2_TEMPLATE_DISTRIBUTION_REQUEST_TRANSACTION_DATA_SUCCESS = 0x000074, /**< RequestTransactionData.Success */
    SV2_TEMPLATE_DISTRIBUTION_REQUEST_TRANSACTION_DATA_ERROR = 0x000075, /**< RequestTransactionData.Error */
    SV2_TEMPLATE_DISTRIBUTION_SUBMIT_SOLUTION = 0x000076, /**< SubmitSolution */
    SV2_EXTENSIONS_NEGOTIATION_REQUEST_EXTENSIONS = 0x000100, /**< RequestExtensions */
    SV2_EXTENSIONS_NEGOTIATION_REQUEST_EXTENSIONS_SUCCESS = 0x000101, /**< RequestExtensions.Success */
    SV2_EXTENSIONS_NEGOTIATION_REQUEST_EXTENSIONS_ERROR = 0x000102, /**< RequestExtensions.Error */
    SV2_KIND_NONE = 0xffffff /**< No message. */
} sv2_kind;

/* Reasons for refusing a connection that deployed software sends. The specification lists none. */
#define SV2_SETUP_CONNECTION_ERROR_CODES_UNSUPPORTED_FEATURE_FLAGS "unsupported-feature-flags" /**< Some of the requested flags are not supported; the message's flags name them. */
#define SV2_SETUP_CONNECTION_ERROR_CODES_UNSUPPORTED_PROTOCOL "unsupported-protocol" /**< The server does not speak the requested protocol. */
#define SV2_SETUP_CONNECTION_ERROR_CODES_PROTOCOL_VERSION_MISMATCH "protocol-version-mismatch" /**< The version ranges of the two sides do not meet. */

/* The protocols a connection can be set up for. (section 3.6.1) */
#define SV2_SUBPROTOCOL_MINING 0u /**< Work goes down, shares come up. */
#define SV2_SUBPROTOCOL_JOB_DECLARATION 1u /**< A miner declares block templates of its own choice. */
#define SV2_SUBPROTOCOL_TEMPLATE_DISTRIBUTION 2u /**< A node hands out block templates and takes solutions. */

/* Reasons for refusing a declared job that deployed software sends. */
#define SV2_DECLARE_MINING_JOB_ERROR_CODES_INVALID_MINING_JOB_TOKEN "invalid-mining-job-token" /**< The token is unknown or used up. */
#define SV2_DECLARE_MINING_JOB_ERROR_CODES_INVALID_JOB_PARAM_VALUE_PREFIX "invalid-job-param-value-" /**< A field's value cannot be accepted; the field's name follows. */

/* Flags of SetupConnection and SetupConnection.Error on a job declaration connection. (section 6.4.1) */
#define SV2_JOB_DECLARATION_SETUP_FLAGS_DECLARE_TX_DATA 0x00000001u /**< The client reveals the transactions of its templates. */

/* Flags of SetupConnection and SetupConnection.Error on a mining connection. (section 5.3.1) */
#define SV2_MINING_SETUP_FLAGS_REQUIRES_STANDARD_JOBS 0x00000001u /**< The client cannot process extended jobs. */
#define SV2_MINING_SETUP_FLAGS_REQUIRES_WORK_SELECTION 0x00000002u /**< The client will send SetCustomMiningJob. */
#define SV2_MINING_SETUP_FLAGS_REQUIRES_VERSION_ROLLING 0x00000004u /**< The client needs jobs that allow version rolling. */

/* Flags of SetupConnection.Success on a mining connection. (section 5.3.1) */
#define SV2_MINING_SETUP_SUCCESS_FLAGS_REQUIRES_FIXED_VERSION 0x00000001u /**< The server accepts no change of the version field. */
#define SV2_MINING_SETUP_SUCCESS_FLAGS_REQUIRES_EXTENDED_CHANNELS 0x00000002u /**< The server refuses to open standard channels. */

/* Reasons for not opening a channel that deployed software sends. */
#define SV2_OPEN_MINING_CHANNEL_ERROR_CODES_UNKNOWN_USER "unknown-user" /**< The user identity is not known here. */
#define SV2_OPEN_MINING_CHANNEL_ERROR_CODES_MAX_TARGET_OUT_OF_RANGE "max-target-out-of-range" /**< No share target at or below the requested maximum can be given. */

/* Reasons for refusing a custom job that deployed software sends. */
#define SV2_SET_CUSTOM_MINING_JOB_ERROR_CODES_INVALID_CHANNEL_ID "invalid-channel-id" /**< The connection has no such extended channel. */
#define SV2_SET_CUSTOM_MINING_JOB_ERROR_CODES_INVALID_MINING_JOB_TOKEN "invalid-mining-job-token" /**< The token is unknown or used up. */
#define SV2_SET_CUSTOM_MINING_JOB_ERROR_CODES_INVALID_JOB_PARAM_VALUE_PREFIX "invalid-job-param-value-" /**< A field's value cannot be accepted; the field's name follows. */

/* Reasons for rejecting a share that deployed software sends. */
#define SV2_SUBMIT_SHARES_ERROR_CODES_INVALID_CHANNEL_ID "invalid-channel-id" /**< The connection has no such channel. */
#define SV2_SUBMIT_SHARES_ERROR_CODES_STALE_SHARE "stale-share" /**< The job is for a block that has since been found. */
#define SV2_SUBMIT_SHARES_ERROR_CODES_DIFFICULTY_TOO_LOW "difficulty-too-low" /**< The hash is above the job's target. */
#define SV2_SUBMIT_SHARES_ERROR_CODES_INVALID_JOB_ID "invalid-job-id" /**< The channel has no such job. */

/* Reasons for refusing a channel update that deployed software sends. */
#define SV2_UPDATE_CHANNEL_ERROR_CODES_MAX_TARGET_OUT_OF_RANGE "max-target-out-of-range" /**< No share target at or below the requested maximum can be given. */
#define SV2_UPDATE_CHANNEL_ERROR_CODES_INVALID_CHANNEL_ID "invalid-channel-id" /**< The connection has no such channel. */

/* Reasons for not giving transaction data that deployed software sends. */
#define SV2_REQUEST_TRANSACTION_DATA_ERROR_CODES_TEMPLATE_ID_NOT_FOUND "template-id-not-found" /**< The server has no such template. */
#define SV2_REQUEST_TRANSACTION_DATA_ERROR_CODES_STALE_TEMPLATE_ID "stale-template-id" /**< The template is for a block that has since been found. */

/* TLV after mining.SubmitSharesExtended: Worker that found the share. Once negotiated it goes with every SubmitSharesExtended, never padded. (section ext 0x0002, 1.1) */
#define SV2_TLV_USER_IDENTITY_EXTENSION 0x0002u
#define SV2_TLV_USER_IDENTITY_TYPE 0x01u
#define SV2_TLV_USER_IDENTITY_LENGTH_MIN 0u
#define SV2_TLV_USER_IDENTITY_LENGTH_MAX 32u

/** A value that may be absent. */
typedef struct sv2_option_u32 {
    bool present; /**< Whether there is one. */
    uint32_t value; /**< Read and written only when present. */
} sv2_option_u32;

/** A sequence of U16. Decoded, it borrows the frame's bytes. */
typedef struct sv2_u16_list {
    const void *items; /**< The elements, least significant byte first, not necessarily aligned; may be NULL when there are none. */
    size_t count; /**< How many there are. */
} sv2_u16_list;

/** Element `index` of a sequence; `index` must be below its count. */
static inline uint16_t sv2_u16_list_get(sv2_u16_list list, size_t index)
{
    const uint8_t *bytes = (const uint8_t *)list.items + index * 2;
    uint16_t value = 0;
    for (int i = 1; i >= 0; i--)
        value = (uint16_t)((value << 8) | bytes[i]);
    return value;
}

/** A sequence of U256. Decoded, it borrows the frame's bytes. */
typedef struct sv2_u256_list {
    const sv2_u256 *items; /**< The elements; may be NULL when there are none. */
    size_t count; /**< How many there are. */
} sv2_u256_list;

/** A sequence of U32. Decoded, it borrows the frame's bytes. */
typedef struct sv2_u32_list {
    const void *items; /**< The elements, least significant byte first, not necessarily aligned; may be NULL when there are none. */
    size_t count; /**< How many there are. */
} sv2_u32_list;

/** Element `index` of a sequence; `index` must be below its count. */
static inline uint32_t sv2_u32_list_get(sv2_u32_list list, size_t index)
{
    const uint8_t *bytes = (const uint8_t *)list.items + index * 4;
    uint32_t value = 0;
    for (int i = 3; i >= 0; i--)
        value = (uint32_t)((value << 8) | bytes[i]);
    return value;
}

/** SetupConnection (client to server): Opens every connection: which protocol, which versions and features the client wants, and who it is. (section 3.6.1) */
typedef struct sv2_common_setup_connection {
    uint8_t protocol; /**< U8: Protocol the connection is for. */
    uint16_t min_version; /**< U16: Lowest protocol version the client speaks; 2 today. */
    uint16_t max_version; /**< U16: Highest protocol version the client speaks; 2 today. */
    uint32_t flags; /**< U32: Optional features the client asks for; each protocol has its own set. */
    sv2_bytes endpoint_host; /**< STR0_255: Host name or address the client connected to, in ASCII. */
    uint16_t endpoint_port; /**< U16: Port the client connected to. */
    sv2_bytes vendor; /**< STR0_255: Maker of the client, such as "Bitmain". */
    sv2_bytes hardware_version; /**< STR0_255: Hardware model and revision, such as "S9i 13.5". */
    sv2_bytes firmware; /**< STR0_255: Firmware name and version. */
    sv2_bytes device_id; /**< STR0_255: Vendor's identifier of the device; empty unless telemetry is wanted. */
} sv2_common_setup_connection;

/** SetupConnection.Success (server to client): The server accepts the connection. (section 3.6.2) */
typedef struct sv2_common_setup_connection_success {
    uint16_t used_version; /**< U16: Version chosen from the client's range, kept for the life of the connection. */
    uint32_t flags; /**< U32: Optional features the server supports or insists on; each protocol has its own set. */
} sv2_common_setup_connection_success;

/** SetupConnection.Error (server to client): The server refuses the connection and closes it. (section 3.6.3) */
typedef struct sv2_common_setup_connection_error {
    uint32_t flags; /**< U32: All requested flags that are not supported; 0 when flags are not the cause. */
    sv2_bytes error_code; /**< STR0_255: Reason, in words. */
} sv2_common_setup_connection_error;

/** ChannelEndpointChanged (server to client): The far end of a channel is another one now, so what was negotiated with the old one about extensions is void. (section 3.6.4) */
typedef struct sv2_common_channel_endpoint_changed {
    uint32_t channel_id; /**< U32: Channel whose endpoint changed. */
} sv2_common_channel_endpoint_changed;

/** Reconnect (server to client): The client shall connect again, perhaps elsewhere; the new server must own the same authority key. (section 3.6.5) */
typedef struct sv2_common_reconnect {
    sv2_bytes new_host; /**< STR0_255: Host to connect to; empty for the present one. */
    uint16_t new_port; /**< U16: Port to connect to; 0 for the present one. */
} sv2_common_reconnect;

/** AllocateMiningJobToken (client to server): Asks for a token that a job can later be declared with. (section 6.4.2) */
typedef struct sv2_job_declaration_allocate_mining_job_token {
    sv2_bytes user_identifier; /**< STR0_255: Who is to be credited; UTF-8 by recommendation. */
    uint32_t request_id; /**< U32: Chosen by the client, repeated in the answer. */
} sv2_job_declaration_allocate_mining_job_token;

/** AllocateMiningJobToken.Success (server to client): A token, and the coinbase outputs the pool insists on. (section 6.4.3) */
typedef struct sv2_job_declaration_allocate_mining_job_token_success {
    uint32_t request_id; /**< U32: As in the request. */
    sv2_bytes mining_job_token; /**< B0_255: Token for one declared job. */
    sv2_bytes coinbase_tx_outputs; /**< B0_64K: Outputs as the chain serializes them, with their count in front; the first is the payout. */
} sv2_job_declaration_allocate_mining_job_token_success;

/** ProvideMissingTransactions (server to client): Asks the client for transactions of a declared job that the server does not have. (section 6.4.7) */
typedef struct sv2_job_declaration_provide_missing_transactions {
    uint32_t request_id; /**< U32: As in the declaration. */
    sv2_u16_list unknown_tx_position_list; /**< SEQ0_64K[U16]: Positions in the declared list, from 0, the coinbase not counted. */
} sv2_job_declaration_provide_missing_transactions;

/** ProvideMissingTransactions.Success (client to server): The transactions the server asked for. (section 6.4.8) */
typedef struct sv2_job_declaration_provide_missing_transactions_success {
    uint32_t request_id; /**< U32: As in the declaration. */
    sv2_bytes_list transaction_list; /**< SEQ0_64K[B0_16M]: Whole transactions, in the order they were asked for. */
} sv2_job_declaration_provide_missing_transactions_success;

/** DeclareMiningJob (client to server): Declares a job: a coinbase and the transactions of the template. (section 6.4.4) */
typedef struct sv2_job_declaration_declare_mining_job {
    uint32_t request_id; /**< U32: Chosen by the client, repeated in the answer. */
    sv2_bytes mining_job_token; /**< B0_255: Token the server gave. */
    uint32_t version; /**< U32: Header version. */
    sv2_bytes coinbase_tx_prefix; /**< B0_64K: Coinbase transaction before the extranonce, with witness data. */
    sv2_bytes coinbase_tx_suffix; /**< B0_64K: Coinbase transaction after the extranonce, with witness data. */
    sv2_u256_list wtxid_list; /**< SEQ0_64K[U256]: Witness transaction ids of the template without the coinbase, in block order. */
    sv2_bytes excess_data; /**< B0_64K: Further data the pool may need to check the work. */
} sv2_job_declaration_declare_mining_job;

/** DeclareMiningJob.Success (server to client): The server accepts the declared job. (section 6.4.5) */
typedef struct sv2_job_declaration_declare_mining_job_success {
    uint32_t request_id; /**< U32: As in the declaration. */
    sv2_bytes new_mining_job_token; /**< B0_255: Token to use in SetCustomMiningJob. */
} sv2_job_declaration_declare_mining_job_success;

/** DeclareMiningJob.Error (server to client): The server refuses the declared job. (section 6.4.6) */
typedef struct sv2_job_declaration_declare_mining_job_error {
    uint32_t request_id; /**< U32: As in the declaration. */
    sv2_bytes error_code; /**< STR0_255: Reason, in words. */
    sv2_bytes error_details; /**< B0_64K: Further data on the reason; may be empty. */
} sv2_job_declaration_declare_mining_job_error;

/** PushSolution (client to server): A block was found on a declared job. (section 6.4.9) */
typedef struct sv2_job_declaration_push_solution {
    sv2_bytes extranonce; /**< B0_32: The whole extranonce, prefix included. */
    sv2_u256 prev_hash; /**< U256: Hash of the previous block. */
    uint32_t nonce; /**< U32: Header nonce. */
    uint32_t ntime; /**< U32: Header time. */
    uint32_t nbits; /**< U32: Compact network target of the header. */
    uint32_t version; /**< U32: Header version. */
} sv2_job_declaration_push_solution;

/** OpenStandardMiningChannel (client to server): Asks for a standard channel: one device that hashes over header fields only. (section 5.3.2) */
typedef struct sv2_mining_open_standard_mining_channel {
    uint32_t request_id; /**< U32: Chosen by the client, unique on the connection, repeated in the answer. */
    sv2_bytes user_identity; /**< STR0_255: Who is to be credited; UTF-8 by recommendation. */
    float nominal_hash_rate; /**< F32: Expected hash rate in hashes per second; 0 when nothing is connected yet. */
    sv2_u256 max_target; /**< U256: Easiest share target the client can work with. */
} sv2_mining_open_standard_mining_channel;

/** OpenStandardMiningChannel.Success (server to client): A standard channel is open. (section 5.3.3) */
typedef struct sv2_mining_open_standard_mining_channel_success {
    uint32_t request_id; /**< U32: As in the request. */
    uint32_t channel_id; /**< U32: Identifier of the new channel for the life of the connection. */
    sv2_u256 target; /**< U256: First share target. */
    sv2_bytes extranonce_prefix; /**< B0_32: The channel's whole extranonce, used when the group is served extended jobs. */
    uint32_t group_channel_id; /**< U32: Group the channel belongs to. */
} sv2_mining_open_standard_mining_channel_success;

/** OpenMiningChannel.Error (server to client): A channel, standard or extended, was not opened. (section 5.3.6) */
typedef struct sv2_mining_open_mining_channel_error {
    uint32_t request_id; /**< U32: As in the request. */
    sv2_bytes error_code; /**< STR0_255: Reason, in words. */
} sv2_mining_open_mining_channel_error;

/** OpenExtendedMiningChannel (client to server): Asks for an extended channel: a device or proxy that rolls part of the extranonce itself. (section 5.3.4) */
typedef struct sv2_mining_open_extended_mining_channel {
    uint32_t request_id; /**< U32: Chosen by the client, unique on the connection, repeated in the answer. */
    sv2_bytes user_identity; /**< STR0_255: Who is to be credited; UTF-8 by recommendation. */
    float nominal_hash_rate; /**< F32: Expected hash rate in hashes per second; 0 when nothing is connected yet. */
    sv2_u256 max_target; /**< U256: Easiest share target the client can work with. */
    uint16_t min_extranonce_size; /**< U16: Fewest extranonce bytes the client needs for itself. */
} sv2_mining_open_extended_mining_channel;

/** OpenExtendedMiningChannel.Success (server to client): An extended channel is open. (section 5.3.5) */
typedef struct sv2_mining_open_extended_mining_channel_success {
    uint32_t request_id; /**< U32: As in the request. */
    uint32_t channel_id; /**< U32: Identifier of the new channel for the life of the connection. */
    sv2_u256 target; /**< U256: First share target. */
    uint16_t extranonce_size; /**< U16: Extranonce bytes the client rolls, after the prefix. */
    sv2_bytes extranonce_prefix; /**< B0_32: Bytes that stand before the client's part of the extranonce. */
    uint32_t group_channel_id; /**< U32: Group the channel belongs to; servers from before October 2025 leave it out. Reads as 0 from peers that leave it out. */
} sv2_mining_open_extended_mining_channel_success;

/** NewMiningJob (server to client): A new standard job: everything a header needs but what SetNewPrevHash brings. (section 5.3.15) */
typedef struct sv2_mining_new_mining_job {
    uint32_t channel_id; /**< U32: Standard channel the job is for. */
    uint32_t job_id; /**< U32: Identifier of the job on the channel. */
    sv2_option_u32 min_ntime; /**< OPTION[U32]: Smallest header time; empty for a future job, which a SetNewPrevHash activates. */
    uint32_t version; /**< U32: Header version; the bits of BIP 323 may be rolled. */
    sv2_u256 merkle_root; /**< U256: Merkle root of the header. */
} sv2_mining_new_mining_job;

/** UpdateChannel (client to server): Tells the server that the hash rate or the wished maximum target of a channel changed. (section 5.3.7) */
typedef struct sv2_mining_update_channel {
    uint32_t channel_id; /**< U32: Channel. */
    float nominal_hash_rate; /**< F32: Expected hash rate in hashes per second. */
    sv2_u256 maximum_target; /**< U256: Easiest share target the client can work with from now on. */
} sv2_mining_update_channel;

/** UpdateChannel.Error (server to client): An UpdateChannel was invalid. A valid one gets no answer. (section 5.3.8) */
typedef struct sv2_mining_update_channel_error {
    uint32_t channel_id; /**< U32: Channel. */
    sv2_bytes error_code; /**< STR0_255: Reason, in words. */
} sv2_mining_update_channel_error;

/** CloseChannel (either direction): A channel, or all channels of a group, ends. (section 5.3.9) */
typedef struct sv2_mining_close_channel {
    uint32_t channel_id; /**< U32: Channel or group channel. */
    sv2_bytes reason_code; /**< STR0_255: Reason, in words, without control characters. */
} sv2_mining_close_channel;

/** SetExtranoncePrefix (server to client): Changes the extranonce prefix for the jobs sent after this message. (section 5.3.10) */
typedef struct sv2_mining_set_extranonce_prefix {
    uint32_t channel_id; /**< U32: Standard or extended channel, not a group. */
    sv2_bytes extranonce_prefix; /**< B0_32: New prefix. */
} sv2_mining_set_extranonce_prefix;

/** SubmitSharesStandard (client to server): A share from a standard channel. (section 5.3.11) */
typedef struct sv2_mining_submit_shares_standard {
    uint32_t channel_id; /**< U32: Channel the share belongs to. */
    uint32_t sequence_number; /**< U32: Counts the submits of the channel. */
    uint32_t job_id; /**< U32: Job that was worked on. */
    uint32_t nonce; /**< U32: Header nonce. */
    uint32_t ntime; /**< U32: Header time. */
    uint32_t version; /**< U32: Whole header version. */
} sv2_mining_submit_shares_standard;

/** SubmitSharesExtended (client to server): A share from an extended channel. (section 5.3.12) */
typedef struct sv2_mining_submit_shares_extended {
    uint32_t channel_id; /**< U32: Channel the share belongs to. */
    uint32_t sequence_number; /**< U32: Counts the submits of the channel. */
    uint32_t job_id; /**< U32: Job that was worked on. */
    uint32_t nonce; /**< U32: Header nonce. */
    uint32_t ntime; /**< U32: Header time. */
    uint32_t version; /**< U32: Whole header version. */
    sv2_bytes extranonce; /**< B0_32: The client's part of the extranonce, of the size agreed at opening. */
} sv2_mining_submit_shares_extended;

/** SubmitShares.Success (server to client): One or more shares are accepted. (section 5.3.13) */
typedef struct sv2_mining_submit_shares_success {
    uint32_t channel_id; /**< U32: Channel. */
    uint32_t last_sequence_number; /**< U32: Latest sequence number that was accepted. */
    uint32_t new_submits_accepted_count; /**< U32: Submits this message acknowledges. */
    uint64_t new_shares_sum; /**< U64: Sum of their difficulties. */
} sv2_mining_submit_shares_success;

/** SubmitShares.Error (server to client): A share is rejected. (section 5.3.14) */
typedef struct sv2_mining_submit_shares_error {
    uint32_t channel_id; /**< U32: Channel. */
    uint32_t sequence_number; /**< U32: Sequence number of the rejected submit. */
    sv2_bytes error_code; /**< STR0_255: Reason, in words. */
} sv2_mining_submit_shares_error;

/** NewExtendedMiningJob (server to client): A new extended job: the coinbase in two parts around the extranonce, and the merkle path beside it. (section 5.3.16) */
typedef struct sv2_mining_new_extended_mining_job {
    uint32_t channel_id; /**< U32: Extended channel, or group whose channels all work on the job. */
    uint32_t job_id; /**< U32: Identifier of the job. */
    sv2_option_u32 min_ntime; /**< OPTION[U32]: Smallest header time; empty for a future job, which a SetNewPrevHash activates. */
    uint32_t version; /**< U32: Header version. */
    bool version_rolling_allowed; /**< BOOL: Whether the bits of BIP 323 may be rolled. */
    sv2_u256_list merkle_path; /**< SEQ0_255[U256]: Hashes beside the coinbase's path to the root, deepest first. */
    sv2_bytes coinbase_tx_prefix; /**< B0_64K: Coinbase transaction before the extranonce, without witness data. */
    sv2_bytes coinbase_tx_suffix; /**< B0_64K: Coinbase transaction after the extranonce, without witness data. */
} sv2_mining_new_extended_mining_job;

/** SetNewPrevHash (server to client): A new block was found, or a channel is fresh: work on this previous hash now. (section 5.3.17) */
typedef struct sv2_mining_set_new_prev_hash {
    uint32_t channel_id; /**< U32: Channel or group. */
    uint32_t job_id; /**< U32: Future job that becomes active; all others are void. */
    sv2_u256 prev_hash; /**< U256: Hash of the previous block. */
    uint32_t min_ntime; /**< U32: Smallest header time. */
    uint32_t nbits; /**< U32: Compact network target of the header. */
} sv2_mining_set_new_prev_hash;

/** SetTarget (server to client): Sets the share target of a channel, or of all channels of a group. (section 5.3.21) */
typedef struct sv2_mining_set_target {
    uint32_t channel_id; /**< U32: Channel or group. */
    sv2_u256 maximum_target; /**< U256: Largest hash that is accepted as a share. */
} sv2_mining_set_target;

/** SetCustomMiningJob (client to server): A client with its own block template asks to be paid for work on it. (section 5.3.18) */
typedef struct sv2_mining_set_custom_mining_job {
    uint32_t channel_id; /**< U32: Extended channel or group. */
    uint32_t request_id; /**< U32: Chosen by the client, repeated in the answer. */
    sv2_bytes mining_job_token; /**< B0_255: Token from the job declarator server. */
    uint32_t version; /**< U32: Header version; the bits of BIP 323 may be rolled. */
    sv2_u256 prev_hash; /**< U256: Hash of the previous block. */
    uint32_t min_ntime; /**< U32: Smallest header time. */
    uint32_t nbits; /**< U32: Compact network target of the header. */
    uint32_t coinbase_tx_version; /**< U32: Version of the coinbase transaction. */
    sv2_bytes coinbase_prefix; /**< B0_255: Up to 8 bytes at the start of the coinbase input's script. */
    uint32_t coinbase_tx_input_nSequence; /**< U32: Sequence of the coinbase input. */
    sv2_bytes coinbase_tx_outputs; /**< B0_64K: Coinbase outputs as the chain serializes them, with their count in front. */
    uint32_t coinbase_tx_locktime; /**< U32: Lock time of the coinbase transaction. */
    sv2_u256_list merkle_path; /**< SEQ0_255[U256]: Hashes beside the coinbase's path to the root, deepest first. */
} sv2_mining_set_custom_mining_job;

/** SetCustomMiningJob.Success (server to client): The pool accepts the custom job. (section 5.3.19) */
typedef struct sv2_mining_set_custom_mining_job_success {
    uint32_t channel_id; /**< U32: Channel. */
    uint32_t request_id; /**< U32: As in the request. */
    uint32_t job_id; /**< U32: Identifier to submit shares under. */
} sv2_mining_set_custom_mining_job_success;

/** SetCustomMiningJob.Error (server to client): The pool refuses the custom job. (section 5.3.20) */
typedef struct sv2_mining_set_custom_mining_job_error {
    uint32_t channel_id; /**< U32: Channel. */
    uint32_t request_id; /**< U32: As in the request. */
    sv2_bytes error_code; /**< STR0_255: Reason, in words. */
} sv2_mining_set_custom_mining_job_error;

/** SetGroupChannel (server to client): Puts channels into a group, which can then be addressed by one message. (section 5.3.22) */
typedef struct sv2_mining_set_group_channel {
    uint32_t group_channel_id; /**< U32: Identifier of the group, unique among channels and groups of the connection. */
    sv2_u32_list channel_ids; /**< SEQ0_64K[U32]: Open channels that belong to the group from now on. */
} sv2_mining_set_group_channel;

/** CoinbaseOutputConstraints (client to server): How much room the client needs in the coinbase for outputs of its own. (section 7.1) */
typedef struct sv2_template_distribution_coinbase_output_constraints {
    uint32_t coinbase_output_max_additional_size; /**< U32: Most bytes of serialized outputs the client will add. */
    uint16_t coinbase_output_max_additional_sigops; /**< U16: Most signature operations these outputs add; the earliest clients leave it out. Reads as 0 from peers that leave it out. */
} sv2_template_distribution_coinbase_output_constraints;

/** NewTemplate (server to client): A block template. (section 7.2) */
typedef struct sv2_template_distribution_new_template {
    uint64_t template_id; /**< U64: Identifier of the template, strictly increasing. */
    bool future_template; /**< BOOL: Whether the template waits for a SetNewPrevHash. */
    uint32_t version; /**< U32: Header version; the bits of BIP 323 may be rolled. */
    uint32_t coinbase_tx_version; /**< U32: Version of the coinbase transaction. */
    sv2_bytes coinbase_prefix; /**< B0_255: Up to 8 bytes at the start of the coinbase input's script. */
    uint32_t coinbase_tx_input_sequence; /**< U32: Sequence of the coinbase input. */
    uint64_t coinbase_tx_value_remaining; /**< U64: Satoshis the client may spend in outputs: subsidy and fees. */
    uint32_t coinbase_tx_outputs_count; /**< U32: Outputs in the field that follows. */
    sv2_bytes coinbase_tx_outputs; /**< B0_64K: Outputs that go last in the coinbase, one after the other, without count. */
    uint32_t coinbase_tx_locktime; /**< U32: Lock time of the coinbase transaction. */
    sv2_u256_list merkle_path; /**< SEQ0_255[U256]: Hashes beside the coinbase's path to the root, deepest first. */
} sv2_template_distribution_new_template;

/** SetNewPrevHash (server to client): A new block was found: the template it names is now the one to work on. (section 7.3) */
typedef struct sv2_template_distribution_set_new_prev_hash {
    uint64_t template_id; /**< U64: Template sent before as a future one. */
    sv2_u256 prev_hash; /**< U256: Hash of the previous block. */
    uint32_t header_timestamp; /**< U32: Header time to start from; not the smallest valid one. */
    uint32_t nBits; /**< U32: Compact network target of the header. */
    sv2_u256 target; /**< U256: Largest hash that makes a block; may be below what nBits says. */
} sv2_template_distribution_set_new_prev_hash;

/** RequestTransactionData (client to server): Asks for the transactions of a template. (section 7.4) */
typedef struct sv2_template_distribution_request_transaction_data {
    uint64_t template_id; /**< U64: Template. */
} sv2_template_distribution_request_transaction_data;

/** RequestTransactionData.Success (server to client): The transactions of a template. (section 7.5) */
typedef struct sv2_template_distribution_request_transaction_data_success {
    uint64_t template_id; /**< U64: Template. */
    sv2_bytes excess_data; /**< B0_64K: Further data a pool may need to check the work; not to be interpreted. */
    sv2_bytes_list transaction_list; /**< SEQ0_64K[B0_16M]: All transactions but the coinbase, in block order. */
} sv2_template_distribution_request_transaction_data_success;

/** RequestTransactionData.Error (server to client): The transactions of a template cannot be given. (section 7.6) */
typedef struct sv2_template_distribution_request_transaction_data_error {
    uint64_t template_id; /**< U64: Template. */
    sv2_bytes error_code; /**< STR0_255: Reason, in words. */
} sv2_template_distribution_request_transaction_data_error;

/** SubmitSolution (client to server): A block was found on a template. (section 7.7) */
typedef struct sv2_template_distribution_submit_solution {
    uint64_t template_id; /**< U64: Template that was worked on. */
    uint32_t version; /**< U32: Header version. */
    uint32_t header_timestamp; /**< U32: Header time. */
    uint32_t header_nonce; /**< U32: Header nonce. */
    sv2_bytes coinbase_tx; /**< B0_64K: Whole coinbase transaction with witness data. */
} sv2_template_distribution_submit_solution;

/** RequestExtensions (client to server): Asks for extensions. (section ext 0x0001, 2) */
typedef struct sv2_extensions_negotiation_request_extensions {
    uint16_t request_id; /**< U16: Chosen by the client, repeated in the answer. */
    sv2_u16_list requested_extensions; /**< SEQ0_64K[U16]: Numbers of the extensions the client wants. */
} sv2_extensions_negotiation_request_extensions;

/** RequestExtensions.Success (server to client): Some or all of the requested extensions are in use from now on. (section ext 0x0001, 2) */
typedef struct sv2_extensions_negotiation_request_extensions_success {
    uint16_t request_id; /**< U16: As in the request. */
    sv2_u16_list supported_extensions; /**< SEQ0_64K[U16]: The requested extensions that the server supports. */
} sv2_extensions_negotiation_request_extensions_success;

/** RequestExtensions.Error (server to client): None of the requested extensions is supported, or one that the server requires is missing. (section ext 0x0001, 2) */
typedef struct sv2_extensions_negotiation_request_extensions_error {
    uint16_t request_id; /**< U16: As in the request. */
    sv2_u16_list unsupported_extensions; /**< SEQ0_64K[U16]: The requested extensions that the server does not support. */
    sv2_u16_list required_extensions; /**< SEQ0_64K[U16]: Extensions the server requires and the client did not ask for. */
} sv2_extensions_negotiation_request_extensions_error;

/** Any message: what sv2_message_decode fills in. Everything in it borrows the frame's bytes. */
typedef struct sv2_message {
    uint32_t kind; /**< An sv2_kind: says which member of `as` is valid. */
    sv2_bytes tlvs; /**< What follows the last field: TLVs of extensions, mostly none; see sv2_tlv_next. */
    union {
        sv2_common_setup_connection common_setup_connection;
        sv2_common_setup_connection_success common_setup_connection_success;
        sv2_common_setup_connection_error common_setup_connection_error;
        sv2_common_channel_endpoint_changed common_channel_endpoint_changed;
        sv2_common_reconnect common_reconnect;
        sv2_job_declaration_allocate_mining_job_token job_declaration_allocate_mining_job_token;
        sv2_job_declaration_allocate_mining_job_token_success job_declaration_allocate_mining_job_token_success;
        sv2_job_declaration_provide_missing_transactions job_declaration_provide_missing_transactions;
        sv2_job_declaration_provide_missing_transactions_success job_declaration_provide_missing_transactions_success;
        sv2_job_declaration_declare_mining_job job_declaration_declare_mining_job;
        sv2_job_declaration_declare_mining_job_success job_declaration_declare_mining_job_success;
        sv2_job_declaration_declare_mining_job_error job_declaration_declare_mining_job_error;
        sv2_job_declaration_push_solution job_declaration_push_solution;
        sv2_mining_open_standard_mining_channel mining_open_standard_mining_channel;
        sv2_mining_open_standard_mining_channel_success mining_open_standard_mining_channel_success;
        sv2_mining_open_mining_channel_error mining_open_mining_channel_error;
        sv2_mining_open_extended_mining_channel mining_open_extended_mining_channel;
        sv2_mining_open_extended_mining_channel_success mining_open_extended_mining_channel_success;
        sv2_mining_new_mining_job mining_new_mining_job;
        sv2_mining_update_channel mining_update_channel;
        sv2_mining_update_channel_error mining_update_channel_error;
        sv2_mining_close_channel mining_close_channel;
        sv2_mining_set_extranonce_prefix mining_set_extranonce_prefix;
        sv2_mining_submit_shares_standard mining_submit_shares_standard;
        sv2_mining_submit_shares_extended mining_submit_shares_extended;
        sv2_mining_submit_shares_success mining_submit_shares_success;
        sv2_mining_submit_shares_error mining_submit_shares_error;
        sv2_mining_new_extended_mining_job mining_new_extended_mining_job;
        sv2_mining_set_new_prev_hash mining_set_new_prev_hash;
        sv2_mining_set_target mining_set_target;
        sv2_mining_set_custom_mining_job mining_set_custom_mining_job;
        sv2_mining_set_custom_mining_job_success mining_set_custom_mining_job_success;
        sv2_mining_set_custom_mining_job_error mining_set_custom_mining_job_error;
        sv2_mining_set_group_channel mining_set_group_channel;
        sv2_template_distribution_coinbase_output_constraints template_distribution_coinbase_output_constraints;
        sv2_template_distribution_new_template template_distribution_new_template;
        sv2_template_distribution_set_new_prev_hash template_distribution_set_new_prev_hash;
        sv2_template_distribution_request_transaction_data template_distribution_request_transaction_data;
        sv2_template_distribution_request_transaction_data_success template_distribution_request_transaction_data_success;
        sv2_template_distribution_request_transaction_data_error template_distribution_request_transaction_data_error;
        sv2_template_distribution_submit_solution template_distribution_submit_solution;
        sv2_extensions_negotiation_request_extensions extensions_negotiation_request_extensions;
        sv2_extensions_negotiation_request_extensions_success extensions_negotiation_request_extensions_success;
        sv2_extensions_negotiation_request_extensions_error extensions_negotiation_request_extensions_error;
    } as;
} sv2_message;

/** Writes a whole frame of SetupConnection; see sv2_message_encode. */
static inline sv2_status sv2_common_setup_connection_encode(const sv2_common_setup_connection *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_COMMON_SETUP_CONNECTION, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetupConnection.Success; see sv2_message_encode. */
static inline sv2_status sv2_common_setup_connection_success_encode(const sv2_common_setup_connection_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_COMMON_SETUP_CONNECTION_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetupConnection.Error; see sv2_message_encode. */
static inline sv2_status sv2_common_setup_connection_error_encode(const sv2_common_setup_connection_error *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_COMMON_SETUP_CONNECTION_ERROR, message, none, frame, capacity, length);
}

/** Writes a whole frame of ChannelEndpointChanged; see sv2_message_encode. */
static inline sv2_status sv2_common_channel_endpoint_changed_encode(const sv2_common_channel_endpoint_changed *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_COMMON_CHANNEL_ENDPOINT_CHANGED, message, none, frame, capacity, length);
}

/** Writes a whole frame of Reconnect; see sv2_message_encode. */
static inline sv2_status sv2_common_reconnect_encode(const sv2_common_reconnect *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_COMMON_RECONNECT, message, none, frame, capacity, length);
}

/** Writes a whole frame of AllocateMiningJobToken; see sv2_message_encode. */
static inline sv2_status sv2_job_declaration_allocate_mining_job_token_encode(const sv2_job_declaration_allocate_mining_job_token *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_JOB_DECLARATION_ALLOCATE_MINING_JOB_TOKEN, message, none, frame, capacity, length);
}

/** Writes a whole frame of AllocateMiningJobToken.Success; see sv2_message_encode. */
static inline sv2_status sv2_job_declaration_allocate_mining_job_token_success_encode(const sv2_job_declaration_allocate_mining_job_token_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_JOB_DECLARATION_ALLOCATE_MINING_JOB_TOKEN_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of ProvideMissingTransactions; see sv2_message_encode. */
static inline sv2_status sv2_job_declaration_provide_missing_transactions_encode(const sv2_job_declaration_provide_missing_transactions *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_JOB_DECLARATION_PROVIDE_MISSING_TRANSACTIONS, message, none, frame, capacity, length);
}

/** Writes a whole frame of ProvideMissingTransactions.Success; see sv2_message_encode. */
static inline sv2_status sv2_job_declaration_provide_missing_transactions_success_encode(const sv2_job_declaration_provide_missing_transactions_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_JOB_DECLARATION_PROVIDE_MISSING_TRANSACTIONS_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of DeclareMiningJob; see sv2_message_encode. */
static inline sv2_status sv2_job_declaration_declare_mining_job_encode(const sv2_job_declaration_declare_mining_job *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_JOB_DECLARATION_DECLARE_MINING_JOB, message, none, frame, capacity, length);
}

/** Writes a whole frame of DeclareMiningJob.Success; see sv2_message_encode. */
static inline sv2_status sv2_job_declaration_declare_mining_job_success_encode(const sv2_job_declaration_declare_mining_job_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_JOB_DECLARATION_DECLARE_MINING_JOB_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of DeclareMiningJob.Error; see sv2_message_encode. */
static inline sv2_status sv2_job_declaration_declare_mining_job_error_encode(const sv2_job_declaration_declare_mining_job_error *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_JOB_DECLARATION_DECLARE_MINING_JOB_ERROR, message, none, frame, capacity, length);
}

/** Writes a whole frame of PushSolution; see sv2_message_encode. */
static inline sv2_status sv2_job_declaration_push_solution_encode(const sv2_job_declaration_push_solution *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_JOB_DECLARATION_PUSH_SOLUTION, message, none, frame, capacity, length);
}

/** Writes a whole frame of OpenStandardMiningChannel; see sv2_message_encode. */
static inline sv2_status sv2_mining_open_standard_mining_channel_encode(const sv2_mining_open_standard_mining_channel *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_OPEN_STANDARD_MINING_CHANNEL, message, none, frame, capacity, length);
}

/** Writes a whole frame of OpenStandardMiningChannel.Success; see sv2_message_encode. */
static inline sv2_status sv2_mining_open_standard_mining_channel_success_encode(const sv2_mining_open_standard_mining_channel_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_OPEN_STANDARD_MINING_CHANNEL_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of OpenMiningChannel.Error; see sv2_message_encode. */
static inline sv2_status sv2_mining_open_mining_channel_error_encode(const sv2_mining_open_mining_channel_error *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_OPEN_MINING_CHANNEL_ERROR, message, none, frame, capacity, length);
}

/** Writes a whole frame of OpenExtendedMiningChannel; see sv2_message_encode. */
static inline sv2_status sv2_mining_open_extended_mining_channel_encode(const sv2_mining_open_extended_mining_channel *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_OPEN_EXTENDED_MINING_CHANNEL, message, none, frame, capacity, length);
}

/** Writes a whole frame of OpenExtendedMiningChannel.Success; see sv2_message_encode. */
static inline sv2_status sv2_mining_open_extended_mining_channel_success_encode(const sv2_mining_open_extended_mining_channel_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_OPEN_EXTENDED_MINING_CHANNEL_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of NewMiningJob; see sv2_message_encode. */
static inline sv2_status sv2_mining_new_mining_job_encode(const sv2_mining_new_mining_job *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_NEW_MINING_JOB, message, none, frame, capacity, length);
}

/** Writes a whole frame of UpdateChannel; see sv2_message_encode. */
static inline sv2_status sv2_mining_update_channel_encode(const sv2_mining_update_channel *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_UPDATE_CHANNEL, message, none, frame, capacity, length);
}

/** Writes a whole frame of UpdateChannel.Error; see sv2_message_encode. */
static inline sv2_status sv2_mining_update_channel_error_encode(const sv2_mining_update_channel_error *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_UPDATE_CHANNEL_ERROR, message, none, frame, capacity, length);
}

/** Writes a whole frame of CloseChannel; see sv2_message_encode. */
static inline sv2_status sv2_mining_close_channel_encode(const sv2_mining_close_channel *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_CLOSE_CHANNEL, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetExtranoncePrefix; see sv2_message_encode. */
static inline sv2_status sv2_mining_set_extranonce_prefix_encode(const sv2_mining_set_extranonce_prefix *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SET_EXTRANONCE_PREFIX, message, none, frame, capacity, length);
}

/** Writes a whole frame of SubmitSharesStandard; see sv2_message_encode. */
static inline sv2_status sv2_mining_submit_shares_standard_encode(const sv2_mining_submit_shares_standard *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SUBMIT_SHARES_STANDARD, message, none, frame, capacity, length);
}

/** Writes a whole frame of SubmitSharesExtended; see sv2_message_encode. */
static inline sv2_status sv2_mining_submit_shares_extended_encode(const sv2_mining_submit_shares_extended *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SUBMIT_SHARES_EXTENDED, message, none, frame, capacity, length);
}

/** Writes a whole frame of SubmitShares.Success; see sv2_message_encode. */
static inline sv2_status sv2_mining_submit_shares_success_encode(const sv2_mining_submit_shares_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SUBMIT_SHARES_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of SubmitShares.Error; see sv2_message_encode. */
static inline sv2_status sv2_mining_submit_shares_error_encode(const sv2_mining_submit_shares_error *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SUBMIT_SHARES_ERROR, message, none, frame, capacity, length);
}

/** Writes a whole frame of NewExtendedMiningJob; see sv2_message_encode. */
static inline sv2_status sv2_mining_new_extended_mining_job_encode(const sv2_mining_new_extended_mining_job *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_NEW_EXTENDED_MINING_JOB, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetNewPrevHash; see sv2_message_encode. */
static inline sv2_status sv2_mining_set_new_prev_hash_encode(const sv2_mining_set_new_prev_hash *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SET_NEW_PREV_HASH, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetTarget; see sv2_message_encode. */
static inline sv2_status sv2_mining_set_target_encode(const sv2_mining_set_target *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SET_TARGET, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetCustomMiningJob; see sv2_message_encode. */
static inline sv2_status sv2_mining_set_custom_mining_job_encode(const sv2_mining_set_custom_mining_job *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SET_CUSTOM_MINING_JOB, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetCustomMiningJob.Success; see sv2_message_encode. */
static inline sv2_status sv2_mining_set_custom_mining_job_success_encode(const sv2_mining_set_custom_mining_job_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SET_CUSTOM_MINING_JOB_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetCustomMiningJob.Error; see sv2_message_encode. */
static inline sv2_status sv2_mining_set_custom_mining_job_error_encode(const sv2_mining_set_custom_mining_job_error *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SET_CUSTOM_MINING_JOB_ERROR, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetGroupChannel; see sv2_message_encode. */
static inline sv2_status sv2_mining_set_group_channel_encode(const sv2_mining_set_group_channel *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_MINING_SET_GROUP_CHANNEL, message, none, frame, capacity, length);
}

/** Writes a whole frame of CoinbaseOutputConstraints; see sv2_message_encode. */
static inline sv2_status sv2_template_distribution_coinbase_output_constraints_encode(const sv2_template_distribution_coinbase_output_constraints *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_TEMPLATE_DISTRIBUTION_COINBASE_OUTPUT_CONSTRAINTS, message, none, frame, capacity, length);
}

/** Writes a whole frame of NewTemplate; see sv2_message_encode. */
static inline sv2_status sv2_template_distribution_new_template_encode(const sv2_template_distribution_new_template *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_TEMPLATE_DISTRIBUTION_NEW_TEMPLATE, message, none, frame, capacity, length);
}

/** Writes a whole frame of SetNewPrevHash; see sv2_message_encode. */
static inline sv2_status sv2_template_distribution_set_new_prev_hash_encode(const sv2_template_distribution_set_new_prev_hash *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_TEMPLATE_DISTRIBUTION_SET_NEW_PREV_HASH, message, none, frame, capacity, length);
}

/** Writes a whole frame of RequestTransactionData; see sv2_message_encode. */
static inline sv2_status sv2_template_distribution_request_transaction_data_encode(const sv2_template_distribution_request_transaction_data *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_TEMPLATE_DISTRIBUTION_REQUEST_TRANSACTION_DATA, message, none, frame, capacity, length);
}

/** Writes a whole frame of RequestTransactionData.Success; see sv2_message_encode. */
static inline sv2_status sv2_template_distribution_request_transaction_data_success_encode(const sv2_template_distribution_request_transaction_data_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_TEMPLATE_DISTRIBUTION_REQUEST_TRANSACTION_DATA_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of RequestTransactionData.Error; see sv2_message_encode. */
static inline sv2_status sv2_template_distribution_request_transaction_data_error_encode(const sv2_template_distribution_request_transaction_data_error *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_TEMPLATE_DISTRIBUTION_REQUEST_TRANSACTION_DATA_ERROR, message, none, frame, capacity, length);
}

/** Writes a whole frame of SubmitSolution; see sv2_message_encode. */
static inline sv2_status sv2_template_distribution_submit_solution_encode(const sv2_template_distribution_submit_solution *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_TEMPLATE_DISTRIBUTION_SUBMIT_SOLUTION, message, none, frame, capacity, length);
}

/** Writes a whole frame of RequestExtensions; see sv2_message_encode. */
static inline sv2_status sv2_extensions_negotiation_request_extensions_encode(const sv2_extensions_negotiation_request_extensions *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_EXTENSIONS_NEGOTIATION_REQUEST_EXTENSIONS, message, none, frame, capacity, length);
}

/** Writes a whole frame of RequestExtensions.Success; see sv2_message_encode. */
static inline sv2_status sv2_extensions_negotiation_request_extensions_success_encode(const sv2_extensions_negotiation_request_extensions_success *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_EXTENSIONS_NEGOTIATION_REQUEST_EXTENSIONS_SUCCESS, message, none, frame, capacity, length);
}

/** Writes a whole frame of RequestExtensions.Error; see sv2_message_encode. */
static inline sv2_status sv2_extensions_negotiation_request_extensions_error_encode(const sv2_extensions_negotiation_request_extensions_error *message,
    uint8_t *frame, size_t capacity, size_t *length)
{
    sv2_bytes none = {NULL, 0};
    return sv2_message_encode(SV2_EXTENSIONS_NEGOTIATION_REQUEST_EXTENSIONS_ERROR, message, none, frame, capacity, length);
}

#endif /* SV2_MESSAGES_H */
