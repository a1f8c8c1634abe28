namespace Sv2.Generators.Tests;

/// <summary>Extensions declared with attributes, for several tests.</summary>
internal static class AttributeSources
{
    /// <summary>A telemetry extension with everything an author can use.</summary>
    public const string Sound = """
        using Sv2.Protocol;
        using Sv2.Protocol.Mining;

        namespace Vendor;

        /// <summary>How the device is doing.</summary>
        [Sv2Extension(0x4001, "vendor_telemetry")]
        public static partial class VendorTelemetry;

        /// <summary>How the device feels.</summary>
        public enum Mood : ushort
        {
            /// <summary>Well.</summary>
            Good,
        }

        /// <summary>A report, once a minute.</summary>
        [Sv2Message(typeof(VendorTelemetry), 0x10, MessageDirection.ClientToServer, Channel = true, Name = "Telemetry.Report")]
        public readonly partial record struct Report
        {
            /// <summary>Channel.</summary>
            [Sv2Field(0)]
            public required uint ChannelId { get; init; }

            /// <summary>Mood.</summary>
            [Sv2Field(2)]
            public required Mood Mood { get; init; }

            /// <summary>Celsius.</summary>
            [Sv2Field(1, "U24")]
            public required uint Temperature { get; init; }

            /// <summary>Blob.</summary>
            [Sv2Field(3, "B0_64K", Max = 1000)]
            public required ByteString Blob { get; init; }

            /// <summary>Since.</summary>
            [Sv2Field(4)]
            public required ulong? Since { get; init; }

            /// <summary>Hashes.</summary>
            [Sv2Field(5, "SEQ0_255[U256]", Name = "hash_list")]
            public required Seq<U256> Hashes { get; init; }

            /// <summary>Not on the wire.</summary>
            public bool IsHot => Temperature > 90;
        }

        /// <summary>The report is taken.</summary>
        [Sv2Message(typeof(VendorTelemetry), 0x11, MessageDirection.ServerToClient)]
        public readonly partial record struct ReportTaken
        {
            /// <summary>Text.</summary>
            [Sv2Field(0)]
            public required Text Thanks { get; init; }
        }

        /// <summary>Serial number.</summary>
        [Sv2Tlv(typeof(VendorTelemetry), 1, typeof(SubmitSharesExtended), MaxLength = 16)]
        public readonly partial record struct SerialTlv
        {
            /// <summary>Value.</summary>
            public required Text Value { get; init; }
        }

        /// <summary>Temperature.</summary>
        [Sv2Tlv(typeof(VendorTelemetry), 2, typeof(SubmitSharesExtended))]
        public readonly partial record struct TemperatureTlv
        {
            /// <summary>Value.</summary>
            public required ushort Value { get; init; }
        }
        """;

    /// <summary>No namespace, and a message inside another type.</summary>
    public const string Nested = """
        using Sv2.Protocol;

        [Sv2Extension(0x4002, "nested")]
        internal static partial class NestedExtension;

        internal static partial class Outer
        {
            internal partial record Inner
            {
                [Sv2Message(typeof(NestedExtension), 1, MessageDirection.Both)]
                internal readonly partial record struct Ping
                {
                    [Sv2Field(0)] public required bool Again { get; init; }
                }
            }
        }
        """;

    /// <summary>Two messages whose names differ in case only.</summary>
    public const string CaseClash = """
        using Sv2.Protocol;
        namespace Vendor;
        [Sv2Extension(0x4003, "clash")] internal static partial class Clash;
        [Sv2Message(typeof(Clash), 1, MessageDirection.Both)] internal readonly partial record struct Ab { [Sv2Field(0)] public required uint X { get; init; } }
        [Sv2Message(typeof(Clash), 2, MessageDirection.Both)] internal readonly partial record struct AB { [Sv2Field(0)] public required uint X { get; init; } }
        """;
}
