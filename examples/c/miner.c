/* A CPU miner on the library alone: one thread, one socket, one channel.
 *
 *   sv2-miner [options] stratum2+tcp://host:port/key
 *
 * It shows the whole of a firmware's loop: bytes between socket and client, events, work, shares. What a real device does
 * with its chips stands in hash_a_while(). Compiles as C11 and as C++17. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "socket.h"
#include "sv2.h"

#define NONCES_A_SLICE (1u << 16)
#define CONNECTIONS_MAX 5

typedef struct options {
    const char *address;
    const char *user;
    bool extended;
    float hash_rate;
    unsigned long shares;   /* Stop after so many accepted shares; 0: never. */
    unsigned long blocks;   /* And so many blocks. */
    long seconds;           /* Give up after so long; 0: never. */
    unsigned connections;   /* Connect so many times at most. */
    unsigned slice;         /* Nonces to try between two looks at the socket. */
} options;

typedef struct miner {
    const options *wanted;
    sv2_address address;
    sv2_client *client;
    int socket;
    bool connected;
    bool reconnect;
    bool over;
    bool has_work;
    sv2_work work;
    sv2_u256 block_target;
    uint8_t extranonce[32];
    uint64_t slices;
    uint32_t next_nonce;
    uint8_t header[80];
    unsigned long submitted, accepted, rejected, blocks;
    time_t give_up_at;
} miner;

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static void complain(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, sv2_last_error());
}

static void show(const char *what, const char *details)
{
    printf("%s%s%s\n", what, details[0] != '\0' ? ": " : "", details);
    fflush(stdout);
}

/* ------------------------------------------------------------------------------------------------------------- work */

/* Makes the header for the present extranonce and starts at its first nonce. */
static void prepare_header(miner *m)
{
    if (sv2_client_header(m->client, m->work.channel_id, m->work.job_id, m->work.extranonce_size > 0 ? m->extranonce : NULL,
            m->work.extranonce_size, m->header, NULL) != SV2_OK) {
        m->has_work = false;
        return;
    }
    m->next_nonce = 0;
}

static void take_work(miner *m, const sv2_work *work)
{
    /* The same job again has another target: the search goes on where it is, or the same shares would be found again. */
    bool goes_on = m->has_work && !work->is_new_block && work->job_id == m->work.job_id;
    m->work = *work;
    m->has_work = true;
    if (goes_on)
        return;
    if (sv2_target_from_nbits(work->nbits, &m->block_target) != SV2_OK)
        memset(&m->block_target, 0, sizeof m->block_target);
    prepare_header(m);
}

/* When all nonces are tried: the next extranonce, or on a standard channel the next version bits. */
static void widen_search(miner *m)
{
    m->slices++;
    if (m->work.extranonce_size > 0) {
        for (uint32_t i = 0; i < m->work.extranonce_size && ++m->extranonce[i] == 0; i++) {
        }
        prepare_header(m);
        return;
    }
    /* Adding the complement carries from one bit of the mask to the next. */
    uint32_t version;
    memcpy(&version, m->header, sizeof version);
    uint32_t rolled = ((version | ~m->work.version_mask) + 1) & m->work.version_mask;
    version = (version & ~m->work.version_mask) | rolled;
    memcpy(m->header, &version, sizeof version);
    m->next_nonce = 0;
}

static void submit(miner *m, uint32_t nonce)
{
    sv2_share share;
    memset(&share, 0, sizeof share);
    share.channel_id = m->work.channel_id;
    share.job_id = m->work.job_id;
    share.nonce = nonce;
    share.ntime = m->work.min_ntime;
    memcpy(&share.version, m->header, sizeof share.version);
    share.extranonce = m->work.extranonce_size > 0 ? m->extranonce : NULL;
    share.extranonce_size = m->work.extranonce_size;
    if (sv2_client_submit(m->client, &share, NULL) != SV2_OK) {
        complain("share not sent");
        return;
    }
    m->submitted++;

    sv2_u256 hash;
    char text[65];
    memcpy(m->header + 76, &nonce, sizeof nonce);
    if (sv2_header_hash(m->header, &hash) == SV2_OK && sv2_u256_compare(&hash, &m->block_target) <= 0
        && sv2_u256_to_hex(&hash, text, sizeof text) == SV2_OK) {
        m->blocks++;
        show("block found", text);
    }
}

static void hash_a_while(miner *m)
{
    uint32_t nonce, slice = m->wanted->slice;
    sv2_status found = sv2_search(m->header, m->next_nonce, slice, &m->work.target, &nonce);
    if (found == SV2_OK) {
        submit(m, nonce);
        m->next_nonce = nonce + 1;
    } else {
        m->next_nonce += slice;
    }
    if (m->next_nonce == 0 || m->next_nonce > UINT32_MAX - slice)
        widen_search(m);
}

/* ----------------------------------------------------------------------------------------------------------- events */

static void open_channel(miner *m)
{
    uint32_t request;
    const options *wanted = m->wanted;
    sv2_status status = wanted->extended
        ? sv2_client_open_extended_channel(m->client, wanted->user, wanted->hash_rate, NULL, 4, &request)
        : sv2_client_open_standard_channel(m->client, wanted->user, wanted->hash_rate, NULL, &request);
    if (status != SV2_OK)
        complain("channel not asked for");
}

static void handle(miner *m, const sv2_event *event)
{
    char text[160];
    switch (event->type) {
    case SV2_EVENT_CONNECTED:
        m->connected = true;
        show("connected", m->address.host);
        open_channel(m);
        break;
    case SV2_EVENT_CHANNEL_OPENED:
        snprintf(text, sizeof text, "%u, difficulty %.6g", (unsigned)event->channel_id, sv2_target_difficulty(&event->channel.target));
        show("channel opened", text);
        break;
    case SV2_EVENT_WORK:
        take_work(m, &event->work);
        break;
    case SV2_EVENT_WORK_ENDED:
    case SV2_EVENT_CHANNEL_CLOSED:
        m->has_work = false;
        show("no work", event->text);
        break;
    case SV2_EVENT_SHARES_ACCEPTED:
        m->accepted += event->count;
        snprintf(text, sizeof text, "%lu in all", m->accepted);
        show("shares accepted", text);
        break;
    case SV2_EVENT_SHARE_REJECTED:
        m->rejected++;
        show("share rejected", event->text);
        break;
    case SV2_EVENT_RECONNECT:
        show("asked to connect again", event->text);
        if (event->text[0] != '\0')
            memcpy(m->address.host, event->text, sizeof m->address.host);
        if (event->port != 0)
            m->address.port = event->port;
        m->reconnect = true;
        break;
    case SV2_EVENT_OPEN_REFUSED:
    case SV2_EVENT_SETUP_REFUSED:
        show("refused", event->text);
        m->over = true;
        break;
    case SV2_EVENT_CLOSED:
        show("connection closed", event->text);
        m->over = true;
        break;
    case SV2_EVENT_VIOLATION:
        show("the server broke the protocol", event->text);
        break;
    default:
        /* Future jobs, changed targets and prefixes: the client follows them by itself. */
        break;
    }
}

static void take_events(miner *m)
{
    sv2_event event;
    while (sv2_client_next_event(m->client, &event) == SV2_OK)
        handle(m, &event);
}

/* ------------------------------------------------------------------------------------------------------- connection */

static void send_what_waits(miner *m)
{
    uint8_t buffer[4096];
    size_t length;
    while (!m->over && sv2_client_outgoing(m->client, buffer, sizeof buffer, &length) == SV2_OK) {
        long written = socket_write(m->socket, buffer, length);
        if (written < 0)
            m->over = true;
        if (written <= 0)
            return;
        (void)sv2_client_sent(m->client, (size_t)written);
    }
}

static void receive_what_is_there(miner *m)
{
    uint8_t buffer[16384];
    long length = socket_read(m->socket, buffer, sizeof buffer);
    if (length < 0) {
        show("connection lost", "");
        m->over = true;
    }
    size_t done = 0, taken;
    while (length > 0 && done < (size_t)length) {
        if (sv2_client_receive(m->client, buffer + done, (size_t)length - done, &taken) != SV2_OK)
            break;
        done += taken;
        take_events(m);
    }
    take_events(m);
}

static bool is_done(const miner *m)
{
    const options *wanted = m->wanted;
    return (wanted->shares > 0 || wanted->blocks > 0) && m->accepted >= wanted->shares && m->blocks >= wanted->blocks;
}

/* What was submitted last may be the block: nobody leaves before the pool has answered. */
static bool has_unanswered(const miner *m)
{
    return m->submitted > m->accepted + m->rejected;
}

static bool is_time_up(const miner *m)
{
    return m->give_up_at != 0 && time(NULL) >= m->give_up_at;
}

static sv2_client *make_client(const miner *m)
{
    sv2_client_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    config.authority_key = m->address.has_authority_key ? m->address.authority_key : NULL;
    config.vendor = "sv2 example miner";
    config.firmware = "examples/c";
    config.endpoint_host = m->address.host;
    config.endpoint_port = m->address.port;
    sv2_client *client;
    if (sv2_client_new(&config, &client) != SV2_OK)
        complain("client");
    return client;
}

/* One connection, from its beginning to its end. Returns whether the miner shall connect again. */
static bool mine_on_a_connection(miner *m)
{
    m->connected = m->reconnect = m->over = m->has_work = false;
    m->socket = socket_connect(m->address.host, m->address.port);
    if (m->socket < 0)
        return true;
    m->client = make_client(m);
    m->submitted = m->accepted + m->rejected;
    while (m->client != NULL && !m->over && !m->reconnect && !stopped && !(is_done(m) && !has_unanswered(m)) && !is_time_up(m)) {
        bool mines = m->has_work && !is_done(m);
        send_what_waits(m);
        /* With work the chips are what one waits for, without it the server is. */
        socket_wait(m->socket, false, mines ? 0 : 100);
        receive_what_is_there(m);
        if (mines && m->has_work && !m->over)
            hash_a_while(m);
    }
    (void)sv2_client_free(m->client);
    close(m->socket);
    return m->client != NULL && !stopped && !is_done(m) && !is_time_up(m);
}

/* --------------------------------------------------------------------------------------------------------- beginning */

static int usage(void)
{
    fputs("usage: sv2-miner [options] stratum2+tcp://host:port/key\n"
          "  -u NAME     who is to be credited (default: example)\n"
          "  -e          open an extended channel (default: a standard one)\n"
          "  -r RATE     hash rate to announce, in hashes per second (default: 1e6)\n"
          "  -s COUNT    stop after so many accepted shares\n"
          "  -b COUNT    and so many blocks\n"
          "  -t SECONDS  give up after so long\n"
          "  -c COUNT    connect so many times at most (default: 5)\n"
          "  -n COUNT    nonces to try between two looks at the socket (default: 65536)\n"
          "  -V          print the version\n",
        stderr);
    return 2;
}

static bool parse(int count, char **arguments, options *wanted)
{
    int option;
    while ((option = getopt(count, arguments, "u:er:s:b:t:c:n:")) != -1) {
        switch (option) {
        case 'u': wanted->user = optarg; break;
        case 'e': wanted->extended = true; break;
        case 'r': wanted->hash_rate = strtof(optarg, NULL); break;
        case 's': wanted->shares = strtoul(optarg, NULL, 10); break;
        case 'b': wanted->blocks = strtoul(optarg, NULL, 10); break;
        case 't': wanted->seconds = strtol(optarg, NULL, 10); break;
        case 'c': wanted->connections = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'n': wanted->slice = (unsigned)strtoul(optarg, NULL, 10); break;
        default: return false;
        }
    }
    wanted->address = optind == count - 1 ? arguments[optind] : NULL;
    return wanted->address != NULL && wanted->slice > 0;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "-V") == 0) {
        uint32_t version = sv2_version();
        printf("sv2 %u.%u.%u\n", (unsigned)(version >> 16), (unsigned)(version >> 8 & 255), (unsigned)(version & 255));
        return 0;
    }
    options wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.user = "example";
    wanted.hash_rate = 1e6f;
    wanted.slice = NONCES_A_SLICE;
    wanted.connections = CONNECTIONS_MAX;
    if (!parse(count, arguments, &wanted))
        return usage();
    if (sv2_abi_version() != SV2_ABI_VERSION) {
        fputs("the library does not fit this program\n", stderr);
        return 2;
    }

    miner m;
    memset(&m, 0, sizeof m);
    m.wanted = &wanted;
    if (sv2_address_parse(wanted.address, &m.address) != SV2_OK) {
        complain(wanted.address);
        return 2;
    }
    m.give_up_at = wanted.seconds > 0 ? time(NULL) + wanted.seconds : 0;
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    unsigned wait = 1;
    for (unsigned attempt = 1; mine_on_a_connection(&m) && attempt < wanted.connections; attempt++) {
        wait = m.connected ? 1 : 2 * wait;
        sleep(wait);
    }
    printf("%lu accepted, %lu rejected, %lu blocks\n", m.accepted, m.rejected, m.blocks);
    return is_done(&m) ? 0 : 1;
}
