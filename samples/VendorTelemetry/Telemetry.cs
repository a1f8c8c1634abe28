using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace VendorTelemetry;

/// <summary>Tells the pool how a device is doing. Declared with attributes; fan-control.sv2 shows the other way.</summary>
[Sv2Extension(0x4001, "telemetry")]
public static partial class Telemetry;

/// <summary>A report on the device behind a channel.</summary>
[Sv2Message(typeof(Telemetry), 0x00, MessageDirection.ClientToServer, Channel = true)]
public readonly partial record struct TelemetryReport
{
    /// <summary>Channel of the device.</summary>
    [Sv2Field(0)]
    public required uint ChannelId { get; init; }

    /// <summary>Model of the device.</summary>
    [Sv2Field(1)]
    public required Text Model { get; init; }

    /// <summary>Power in watts.</summary>
    [Sv2Field(2)]
    public required ushort Watts { get; init; }

    /// <summary>Speeds of the fans in revolutions a minute.</summary>
    [Sv2Field(3, "SEQ0_255[U16]")]
    public required Seq<ushort> Fans { get; init; }
}

/// <summary>Temperature of the chip that found a share, in tenths of a degree Celsius.</summary>
[Sv2Tlv(typeof(Telemetry), 0x01, typeof(SubmitSharesExtended))]
public readonly partial record struct ChipTemperature
{
    /// <summary>Tenths of a degree Celsius.</summary>
    public required ushort Value { get; init; }
}
