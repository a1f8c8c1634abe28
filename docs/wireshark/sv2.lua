-- Stratum V2 in Wireshark and tshark: frames in the clear. Made by `sv2 spec --wireshark` from the specification.
-- Put it into the plugin folder (Help, About, Folders), or: tshark -X lua_script:sv2.lua -r capture.pcap
-- Frames are looked for on the TCP ports of the preferences, where "Decode As" says so, and in captures of link type USER0 (147).

local sv2 = Proto("sv2", "Stratum V2")

local function number(tvb, at, size)
  if at + size > tvb:len() then return nil end
  return tvb(at, size):le_uint()
end

local function value(size, make)
  return { make = make, read = function(field, tvb, at, tree)
    if at + size > tvb:len() then return nil end
    tree:add_le(field.made, tvb(at, size))
    return at + size
  end }
end

local function u(size)
  local kind = size == 1 and ProtoField.uint8 or size == 2 and ProtoField.uint16 or size == 3 and ProtoField.uint24
    or size == 4 and ProtoField.uint32 or ProtoField.uint64
  return value(size, function(name, title, about, names) return kind(name, title, base.DEC_HEX, names, nil, about) end)
end

local function bytes(name, title, about) return ProtoField.bytes(name, title, base.NONE, about) end
local function text(name, title, about) return ProtoField.string(name, title, base.UNICODE, about) end
local function fixed(size) return value(size, bytes) end
local f32 = value(4, function(name, title) return ProtoField.float(name, title) end)
local bool = value(1, function(name, title, about) return ProtoField.bool(name, title, 8, nil, 1, about) end)

local function prefixed(size, limit, make)
  return { make = make, read = function(field, tvb, at, tree)
    local count = number(tvb, at, size)
    if not count or count > limit or at + size + count > tvb:len() then return nil end
    if count > 0 or make == text then tree:add_packet_field(field.made, tvb(at + size, count), ENC_UTF_8)
    else tree:add(tvb(at, size), field[1] .. ": empty") end -- Wireshark shows no bytes field of length 0
    return at + size + count
  end }
end

local function many(size, limit, element)
  return { make = element.make, read = function(field, tvb, at, tree)
    local count = number(tvb, at, size)
    if not count or count > limit then return nil end
    at = at + size
    for _ = 1, count do
      at = element.read(field, tvb, at, tree)
      if not at then return nil end
    end
    return at
  end }
end

-- By number: the extension's number times 256, plus the message's. A field has a name, a type and what it holds.
local messages = {
  [0x000000] = { "common", "SetupConnection", {
    { "protocol", u(1), "Protocol the connection is for.", names = { [0] = "MINING", [1] = "JOB_DECLARATION", [2] = "TEMPLATE_DISTRIBUTION" } },
    { "min_version", u(2), "Lowest protocol version the client speaks; 2 today." },
    { "max_version", u(2), "Highest protocol version the client speaks; 2 today." },
    { "flags", u(4), "Optional features the client asks for; each protocol has its own set." },
    { "endpoint_host", prefixed(1, 255, text), "Host name or address the client connected to, in ASCII." },
    { "endpoint_port", u(2), "Port the client connected to." },
    { "vendor", prefixed(1, 255, text), "Maker of the client, such as \"Bitmain\"." },
    { "hardware_version", prefixed(1, 255, text), "Hardware model and revision, such as \"S9i 13.5\"." },
    { "firmware", prefixed(1, 255, text), "Firmware name and version." },
    { "device_id", prefixed(1, 255, text), "Vendor's identifier of the device; empty unless telemetry is wanted." },
  } },
  [0x000001] = { "common", "SetupConnection.Success", {
    { "used_version", u(2), "Version chosen from the client's range, kept for the life of the connection." },
    { "flags", u(4), "Optional features the server supports or insists on; each protocol has its own set." },
  } },
  [0x000002] = { "common", "SetupConnection.Error", {
    { "flags", u(4), "All requested flags that are not supported; 0 when flags are not the cause." },
    { "error_code", prefixed(1, 255, text), "Reason, in words." },
  } },
  [0x000003] = { "common", "ChannelEndpointChanged", {
    { "channel_id", u(4), "Channel whose endpoint changed." },
  } },
  [0x000004] = { "common", "Reconnect", {
    { "new_host", prefixed(1, 255, text), "Host to connect to; empty for the present one." },
    { "new_port", u(2), "Port to connect to; 0 for the present one." },
  } },
  [0x000050] = { "job_declaration", "AllocateMiningJobToken", {
    { "user_identifier", prefixed(1, 255, text), "Who is to be credited; UTF-8 by recommendation." },
    { "request_id", u(4), "Chosen by the client, repeated in the answer." },
  } },
  [0x000051] = { "job_declaration", "AllocateMiningJobToken.Success", {
    { "request_id", u(4), "As in the request." },
    { "mining_job_token", prefixed(1, 255, bytes), "Token for one declared job." },
    { "coinbase_tx_outputs", prefixed(2, 65535, bytes), "Outputs as the chain serializes them, with their count in front; the first is the payout." },
  } },
  [0x000055] = { "job_declaration", "ProvideMissingTransactions", {
    { "request_id", u(4), "As in the declaration." },
    { "unknown_tx_position_list", many(2, 65535, u(2)), "Positions in the declared list, from 0, the coinbase not counted." },
  } },
  [0x000056] = { "job_declaration", "ProvideMissingTransactions.Success", {
    { "request_id", u(4), "As in the declaration." },
    { "transaction_list", many(2, 65535, prefixed(3, 16777215, bytes)), "Whole transactions, in the order they were asked for." },
  } },
  [0x000057] = { "job_declaration", "DeclareMiningJob", {
    { "request_id", u(4), "Chosen by the client, repeated in the answer." },
    { "mining_job_token", prefixed(1, 255, bytes), "Token the server gave." },
    { "version", u(4), "Header version." },
    { "coinbase_tx_prefix", prefixed(2, 65535, bytes), "Coinbase transaction before the extranonce, with witness data." },
    { "coinbase_tx_suffix", prefixed(2, 65535, bytes), "Coinbase transaction after the extranonce, with witness data." },
    { "wtxid_list", many(2, 65535, fixed(32)), "Witness transaction ids of the template without the coinbase, in block order." },
    { "excess_data", prefixed(2, 65535, bytes), "Further data the pool may need to check the work." },
  } },
  [0x000058] = { "job_declaration", "DeclareMiningJob.Success", {
    { "request_id", u(4), "As in the declaration." },
    { "new_mining_job_token", prefixed(1, 255, bytes), "Token to use in SetCustomMiningJob." },
  } },
  [0x000059] = { "job_declaration", "DeclareMiningJob.Error", {
    { "request_id", u(4), "As in the declaration." },
    { "error_code", prefixed(1, 255, text), "Reason, in words." },
    { "error_details", prefixed(2, 65535, bytes), "Further data on the reason; may be empty." },
  } },
  [0x000060] = { "job_declaration", "PushSolution", {
    { "extranonce", prefixed(1, 32, bytes), "The whole extranonce, prefix included." },
    { "prev_hash", fixed(32), "Hash of the previous block." },
    { "nonce", u(4), "Header nonce." },
    { "ntime", u(4), "Header time." },
    { "nbits", u(4), "Compact network target of the header." },
    { "version", u(4), "Header version." },
  } },
  [0x000010] = { "mining", "OpenStandardMiningChannel", {
    { "request_id", u(4), "Chosen by the client, unique on the connection, repeated in the answer." },
    { "user_identity", prefixed(1, 255, text), "Who is to be credited; UTF-8 by recommendation." },
    { "nominal_hash_rate", f32, "Expected hash rate in hashes per second; 0 when nothing is connected yet." },
    { "max_target", fixed(32), "Easiest share target the client can work with." },
  } },
  [0x000011] = { "mining", "OpenStandardMiningChannel.Success", {
    { "request_id", u(4), "As in the request." },
    { "channel_id", u(4), "Identifier of the new channel for the life of the connection." },
    { "target", fixed(32), "First share target." },
    { "extranonce_prefix", prefixed(1, 32, bytes), "The channel's whole extranonce, used when the group is served extended jobs." },
    { "group_channel_id", u(4), "Group the channel belongs to." },
  } },
  [0x000012] = { "mining", "OpenMiningChannel.Error", {
    { "request_id", u(4), "As in the request." },
    { "error_code", prefixed(1, 255, text), "Reason, in words." },
  } },
  [0x000013] = { "mining", "OpenExtendedMiningChannel", {
    { "request_id", u(4), "Chosen by the client, unique on the connection, repeated in the answer." },
    { "user_identity", prefixed(1, 255, text), "Who is to be credited; UTF-8 by recommendation." },
    { "nominal_hash_rate", f32, "Expected hash rate in hashes per second; 0 when nothing is connected yet." },
    { "max_target", fixed(32), "Easiest share target the client can work with." },
    { "min_extranonce_size", u(2), "Fewest extranonce bytes the client needs for itself." },
  } },
  [0x000014] = { "mining", "OpenExtendedMiningChannel.Success", {
    { "request_id", u(4), "As in the request." },
    { "channel_id", u(4), "Identifier of the new channel for the life of the connection." },
    { "target", fixed(32), "First share target." },
    { "extranonce_size", u(2), "Extranonce bytes the client rolls, after the prefix." },
    { "extranonce_prefix", prefixed(1, 32, bytes), "Bytes that stand before the client's part of the extranonce." },
    { "group_channel_id", u(4), "Group the channel belongs to; servers from before October 2025 leave it out.", may_be_missing = true },
  } },
  [0x000015] = { "mining", "NewMiningJob", {
    { "channel_id", u(4), "Standard channel the job is for." },
    { "job_id", u(4), "Identifier of the job on the channel." },
    { "min_ntime", many(1, 1, u(4)), "Smallest header time; empty for a future job, which a SetNewPrevHash activates." },
    { "version", u(4), "Header version; the bits of BIP 323 may be rolled." },
    { "merkle_root", fixed(32), "Merkle root of the header." },
  } },
  [0x000016] = { "mining", "UpdateChannel", {
    { "channel_id", u(4), "Channel." },
    { "nominal_hash_rate", f32, "Expected hash rate in hashes per second." },
    { "maximum_target", fixed(32), "Easiest share target the client can work with from now on." },
  } },
  [0x000017] = { "mining", "UpdateChannel.Error", {
    { "channel_id", u(4), "Channel." },
    { "error_code", prefixed(1, 255, text), "Reason, in words." },
  } },
  [0x000018] = { "mining", "CloseChannel", {
    { "channel_id", u(4), "Channel or group channel." },
    { "reason_code", prefixed(1, 255, text), "Reason, in words, without control characters." },
  } },
  [0x000019] = { "mining", "SetExtranoncePrefix", {
    { "channel_id", u(4), "Standard or extended channel, not a group." },
    { "extranonce_prefix", prefixed(1, 32, bytes), "New prefix." },
  } },
  [0x00001a] = { "mining", "SubmitSharesStandard", {
    { "channel_id", u(4), "Channel the share belongs to." },
    { "sequence_number", u(4), "Counts the submits of the channel." },
    { "job_id", u(4), "Job that was worked on." },
    { "nonce", u(4), "Header nonce." },
    { "ntime", u(4), "Header time." },
    { "version", u(4), "Whole header version." },
  } },
  [0x00001b] = { "mining", "SubmitSharesExtended", {
    { "channel_id", u(4), "Channel the share belongs to." },
    { "sequence_number", u(4), "Counts the submits of the channel." },
    { "job_id", u(4), "Job that was worked on." },
    { "nonce", u(4), "Header nonce." },
    { "ntime", u(4), "Header time." },
    { "version", u(4), "Whole header version." },
    { "extranonce", prefixed(1, 32, bytes), "The client's part of the extranonce, of the size agreed at opening." },
  } },
  [0x00001c] = { "mining", "SubmitShares.Success", {
    { "channel_id", u(4), "Channel." },
    { "last_sequence_number", u(4), "Latest sequence number that was accepted." },
    { "new_submits_accepted_count", u(4), "Submits this message acknowledges." },
    { "new_shares_sum", u(8), "Sum of their difficulties." },
  } },
  [0x00001d] = { "mining", "SubmitShares.Error", {
    { "channel_id", u(4), "Channel." },
    { "sequence_number", u(4), "Sequence number of the rejected submit." },
    { "error_code", prefixed(1, 255, text), "Reason, in words." },
  } },
  [0x00001f] = { "mining", "NewExtendedMiningJob", {
    { "channel_id", u(4), "Extended channel, or group whose channels all work on the job." },
    { "job_id", u(4), "Identifier of the job." },
    { "min_ntime", many(1, 1, u(4)), "Smallest header time; empty for a future job, which a SetNewPrevHash activates." },
    { "version", u(4), "Header version." },
    { "version_rolling_allowed", bool, "Whether the bits of BIP 323 may be rolled." },
    { "merkle_path", many(1, 255, fixed(32)), "Hashes beside the coinbase's path to the root, deepest first." },
    { "coinbase_tx_prefix", prefixed(2, 65535, bytes), "Coinbase transaction before the extranonce, without witness data." },
    { "coinbase_tx_suffix", prefixed(2, 65535, bytes), "Coinbase transaction after the extranonce, without witness data." },
  } },
  [0x000020] = { "mining", "SetNewPrevHash", {
    { "channel_id", u(4), "Channel or group." },
    { "job_id", u(4), "Future job that becomes active; all others are void." },
    { "prev_hash", fixed(32), "Hash of the previous block." },
    { "min_ntime", u(4), "Smallest header time." },
    { "nbits", u(4), "Compact network target of the header." },
  } },
  [0x000021] = { "mining", "SetTarget", {
    { "channel_id", u(4), "Channel or group." },
    { "maximum_target", fixed(32), "Largest hash that is accepted as a share." },
  } },
  [0x000022] = { "mining", "SetCustomMiningJob", {
    { "channel_id", u(4), "Extended channel or group." },
    { "request_id", u(4), "Chosen by the client, repeated in the answer." },
    { "mining_job_token", prefixed(1, 255, bytes), "Token from the job declarator server." },
    { "version", u(4), "Header version; the bits of BIP 323 may be rolled." },
    { "prev_hash", fixed(32), "Hash of the previous block." },
    { "min_ntime", u(4), "Smallest header time." },
    { "nbits", u(4), "Compact network target of the header." },
    { "coinbase_tx_version", u(4), "Version of the coinbase transaction." },
    { "coinbase_prefix", prefixed(1, 255, bytes), "Up to 8 bytes at the start of the coinbase input's script." },
    { "coinbase_tx_input_nSequence", u(4), "Sequence of the coinbase input." },
    { "coinbase_tx_outputs", prefixed(2, 65535, bytes), "Coinbase outputs as the chain serializes them, with their count in front." },
    { "coinbase_tx_locktime", u(4), "Lock time of the coinbase transaction." },
    { "merkle_path", many(1, 255, fixed(32)), "Hashes beside the coinbase's path to the root, deepest first." },
  } },
  [0x000023] = { "mining", "SetCustomMiningJob.Success", {
    { "channel_id", u(4), "Channel." },
    { "request_id", u(4), "As in the request." },
    { "job_id", u(4), "Identifier to submit shares under." },
  } },
  [0x000024] = { "mining", "SetCustomMiningJob.Error", {
    { "channel_id", u(4), "Channel." },
    { "request_id", u(4), "As in the request." },
    { "error_code", prefixed(1, 255, text), "Reason, in words." },
  } },
  [0x000025] = { "mining", "SetGroupChannel", {
    { "group_channel_id", u(4), "Identifier of the group, unique among channels and groups of the connection." },
    { "channel_ids", many(2, 65535, u(4)), "Open channels that belong to the group from now on." },
  } },
  [0x000070] = { "template_distribution", "CoinbaseOutputConstraints", {
    { "coinbase_output_max_additional_size", u(4), "Most bytes of serialized outputs the client will add." },
    { "coinbase_output_max_additional_sigops", u(2), "Most signature operations these outputs add; the earliest clients leave it out.", may_be_missing = true },
  } },
  [0x000071] = { "template_distribution", "NewTemplate", {
    { "template_id", u(8), "Identifier of the template, strictly increasing." },
    { "future_template", bool, "Whether the template waits for a SetNewPrevHash." },
    { "version", u(4), "Header version; the bits of BIP 323 may be rolled." },
    { "coinbase_tx_version", u(4), "Version of the coinbase transaction." },
    { "coinbase_prefix", prefixed(1, 255, bytes), "Up to 8 bytes at the start of the coinbase input's script." },
    { "coinbase_tx_input_sequence", u(4), "Sequence of the coinbase input." },
    { "coinbase_tx_value_remaining", u(8), "Satoshis the client may spend in outputs: subsidy and fees." },
    { "coinbase_tx_outputs_count", u(4), "Outputs in the field that follows." },
    { "coinbase_tx_outputs", prefixed(2, 65535, bytes), "Outputs that go last in the coinbase, one after the other, without count." },
    { "coinbase_tx_locktime", u(4), "Lock time of the coinbase transaction." },
    { "merkle_path", many(1, 255, fixed(32)), "Hashes beside the coinbase's path to the root, deepest first." },
  } },
  [0x000072] = { "template_distribution", "SetNewPrevHash", {
    { "template_id", u(8), "Template sent before as a future one." },
    { "prev_hash", fixed(32), "Hash of the previous block." },
    { "header_timestamp", u(4), "Header time to start from; not the smallest valid one." },
    { "nBits", u(4), "Compact network target of the header." },
    { "target", fixed(32), "Largest hash that makes a block; may be below what nBits says." },
  } },
  [0x000073] = { "template_distribution", "RequestTransactionData", {
    { "template_id", u(8), "Template." },
  } },
  [0x000074] = { "template_distribution", "RequestTransactionData.Success", {
    { "template_id", u(8), "Template." },
    { "excess_data", prefixed(2, 65535, bytes), "Further data a pool may need to check the work; not to be interpreted." },
    { "transaction_list", many(2, 65535, prefixed(3, 16777215, bytes)), "All transactions but the coinbase, in block order." },
  } },
  [0x000075] = { "template_distribution", "RequestTransactionData.Error", {
    { "template_id", u(8), "Template." },
    { "error_code", prefixed(1, 255, text), "Reason, in words." },
  } },
  [0x000076] = { "template_distribution", "SubmitSolution", {
    { "template_id", u(8), "Template that was worked on." },
    { "version", u(4), "Header version." },
    { "header_timestamp", u(4), "Header time." },
    { "header_nonce", u(4), "Header nonce." },
    { "coinbase_tx", prefixed(2, 65535, bytes), "Whole coinbase transaction with witness data." },
  } },
  [0x000100] = { "extensions_negotiation", "RequestExtensions", {
    { "request_id", u(2), "Chosen by the client, repeated in the answer." },
    { "requested_extensions", many(2, 65535, u(2)), "Numbers of the extensions the client wants." },
  } },
  [0x000101] = { "extensions_negotiation", "RequestExtensions.Success", {
    { "request_id", u(2), "As in the request." },
    { "supported_extensions", many(2, 65535, u(2)), "The requested extensions that the server supports." },
  } },
  [0x000102] = { "extensions_negotiation", "RequestExtensions.Error", {
    { "request_id", u(2), "As in the request." },
    { "unsupported_extensions", many(2, 65535, u(2)), "The requested extensions that the server does not support." },
    { "required_extensions", many(2, 65535, u(2)), "Extensions the server requires and the client did not ask for." },
  } },
}

-- What extensions add to messages, by the same kind of number.
local tlv_names = {
  [0x000201] = "worker_hashrate_tracking.user_identity",
}

local head = {
  extension = ProtoField.uint16("sv2.extension_type", "Extension type", base.HEX, nil, 0x7fff),
  channel = ProtoField.bool("sv2.channel_msg", "Channel message", 16, nil, 0x8000),
  type = ProtoField.uint8("sv2.msg_type", "Message type", base.HEX),
  length = ProtoField.uint24("sv2.msg_length", "Payload length", base.DEC),
  message = ProtoField.string("sv2.message", "Message"),
  payload = ProtoField.bytes("sv2.payload", "Payload"),
  tlv = ProtoField.string("sv2.tlv", "TLV"),
  tlv_extension = ProtoField.uint16("sv2.tlv.extension_type", "Extension type", base.HEX),
  tlv_type = ProtoField.uint8("sv2.tlv.field_type", "Field type", base.HEX),
  tlv_length = ProtoField.uint16("sv2.tlv.length", "Length", base.DEC),
  tlv_value = ProtoField.bytes("sv2.tlv.value", "Value"),
}
local malformed = ProtoExpert.new("sv2.malformed", "Malformed", expert.group.MALFORMED, expert.severity.ERROR)
sv2.experts = { malformed }

local fields = {}
for _, field in pairs(head) do fields[#fields + 1] = field end
for _, message in pairs(messages) do
  for _, field in ipairs(message[3]) do
    local name = "sv2." .. message[1] .. "." .. message[2] .. "." .. field[1]
    field.made = field[2].make(name, field[1], field[3], field.names)
    fields[#fields + 1] = field.made
  end
end
sv2.fields = fields

-- Gives the TLVs of an area when it consists of whole ones in this byte order.
local function split_tlvs(tvb, at, big)
  local found = {}
  while at < tvb:len() do
    if at + 5 > tvb:len() then return nil end
    local length = big and tvb(at + 3, 2):uint() or tvb(at + 3, 2):le_uint()
    if at + 5 + length > tvb:len() then return nil end
    found[#found + 1] = { at = at, length = length }
    at = at + 5 + length
  end
  return found
end

-- Little-endian is what most peers send, big-endian what some do.
local function add_tlvs(tvb, at, tree)
  local big = false
  local found = split_tlvs(tvb, at, false)
  if not found then
    big = true
    found = split_tlvs(tvb, at, true)
  end
  if not found then
    tree:add(head.tlv_value, tvb(at)):add_proto_expert_info(malformed, "no whole TLVs after the last field")
    return
  end
  for _, tlv in ipairs(found) do
    local extension = big and tvb(tlv.at, 2):uint() or tvb(tlv.at, 2):le_uint()
    local name = tlv_names[extension * 256 + tvb(tlv.at + 2, 1):uint()] or "unknown"
    local branch = tree:add(head.tlv, tvb(tlv.at, 5 + tlv.length), name)
    local add = big and branch.add or branch.add_le
    add(branch, head.tlv_extension, tvb(tlv.at, 2))
    branch:add(head.tlv_type, tvb(tlv.at + 2, 1))
    add(branch, head.tlv_length, tvb(tlv.at + 3, 2))
    if tlv.length > 0 then branch:add(head.tlv_value, tvb(tlv.at + 5, tlv.length)) end
  end
end

local function kind_of(tvb, at) return (tvb(at, 2):le_uint() % 0x8000) * 256 + tvb(at + 2, 1):uint() end

-- Encrypted bytes look like frames of any number and length; they are shown as one opaque whole.
local function is_frame(tvb, at)
  local kind = kind_of(tvb, at)
  return messages[kind] ~= nil or (kind >= 256 and tvb(at + 3, 3):le_uint() < 65536)
end

local function frame_length(tvb, pinfo, at)
  return is_frame(tvb, at) and 6 + tvb(at + 3, 3):le_uint() or tvb:len() - at
end

local function add_fields(message, tvb, tree)
  local at = 6
  for _, field in ipairs(message[3]) do
    if not (field.may_be_missing and at == tvb:len()) then
      local after = field[2].read(field, tvb, at, tree)
      if not after then
        tree:add_proto_expert_info(malformed, "field " .. field[1] .. " does not fit")
        return
      end
      at = after
    end
  end
  if at < tvb:len() then add_tlvs(tvb, at, tree) end
end

local function show_frame(tvb, pinfo, root)
  pinfo.cols.protocol = "SV2"
  if tvb:len() < 6 or not is_frame(tvb, 0) then
    pinfo.cols.info:append(" [not in the clear]")
    root:add(sv2, tvb(), "Stratum V2, not in the clear")
    return tvb:len()
  end
  local kind = kind_of(tvb, 0)
  local message = messages[kind]
  local name = message and message[2] or string.format("unknown 0x%06x", kind)
  pinfo.cols.info:append(" " .. name)
  local tree = root:add(sv2, tvb(), "Stratum V2, " .. name)
  tree:add(head.message, name):set_generated()
  tree:add_le(head.extension, tvb(0, 2))
  tree:add_le(head.channel, tvb(0, 2))
  tree:add(head.type, tvb(2, 1))
  tree:add_le(head.length, tvb(3, 3))
  if 6 + tvb(3, 3):le_uint() > tvb:len() then tree:add_proto_expert_info(malformed, "the frame is cut short") end
  if message then add_fields(message, tvb, tree)
  elseif tvb:len() > 6 then tree:add(head.payload, tvb(6)) end
  return tvb:len()
end

function sv2.dissector(tvb, pinfo, root)
  pinfo.cols.info = ""
  if pinfo.can_desegment > 0 then
    dissect_tcp_pdus(tvb, root, 6, frame_length, show_frame)
    return tvb:len()
  end
  local at = 0
  while at < tvb:len() do
    local length = tvb:len() - at
    if length >= 6 then length = math.min(length, frame_length(tvb, pinfo, at)) end
    show_frame(tvb(at, length):tvb(), pinfo, root)
    at = at + length
  end
  return tvb:len()
end

local tcp = DissectorTable.get("tcp.port")
local ports = "8442,34254-34265"
sv2.prefs.ports = Pref.range("TCP ports", ports, "Ports on which peers speak Stratum V2 in the clear", 65535)
tcp:add(ports, sv2)
function sv2.prefs_changed()
  tcp:remove(ports, sv2)
  ports = tostring(sv2.prefs.ports)
  tcp:add(ports, sv2)
end
DissectorTable.get("wtap_encap"):add(wtap.USER0, sv2)
