/* Handshakes with given ephemeral keys, to check byte-exact test vectors. For tests alone: a key that is used twice gives
 * the secrets of both connections away. Conventions are those of sv2.h. */
#ifndef SV2_TESTING_H
#define SV2_TESTING_H

#include "sv2.h"

#ifdef __cplusplus
extern "C" {
#endif

/** As sv2_initiator_new, with a given ephemeral key: its secret (32 bytes) and the encoding of its public key (64 bytes). */
SV2_API sv2_status sv2_testing_initiator_new(const uint8_t *authority_key, int64_t unix_time, const uint8_t *ephemeral_secret, const uint8_t *ephemeral_ellswift, sv2_initiator **initiator);

/** As sv2_responder_new, with given keys: static secret (32 bytes) and encoding (64), certificate (74), authority's public key
 *  (32), ephemeral secret (32) and encoding (64). */
SV2_API sv2_status sv2_testing_responder_new(const uint8_t *static_secret, const uint8_t *static_ellswift, const uint8_t *certificate, const uint8_t *authority_key, const uint8_t *ephemeral_secret, const uint8_t *ephemeral_ellswift, sv2_responder **responder);

#ifdef __cplusplus
}
#endif

#endif /* SV2_TESTING_H */
