namespace Sv2.Protocol.Inspection;

/// <summary>The two parts of the Wireshark dissector that do not depend on the messages: types before their table, frames after it.</summary>
internal static class WiresharkLua
{
    /// <summary>A type is a pair of functions: one makes the field, one reads a value and gives the offset after it, or nothing where it does not fit.</summary>
    public const string Types = """
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

        """;

    /// <summary>The header, the fields of a known message, and the TLVs after it.</summary>
    public const string Frames = """

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

        """;
}
