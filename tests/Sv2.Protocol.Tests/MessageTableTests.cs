using Sv2.Protocol.Inspection;

namespace Sv2.Protocol.Tests;

/// <summary>
/// The generated messages against a table typed from chapter 8 of the specification: number, name, channel bit,
/// direction, shortest payload.
/// </summary>
public class MessageTableTests
{
    private const MessageDirection Up = MessageDirection.ClientToServer;
    private const MessageDirection Down = MessageDirection.ServerToClient;

    public static TheoryData<int, int, string, bool, MessageDirection, int, bool> Table => new()
    {
        { 0, 0x00, "SetupConnection", false, Up, 16, false },
        { 0, 0x01, "SetupConnection.Success", false, Down, 6, true },
        { 0, 0x02, "SetupConnection.Error", false, Down, 5, false },
        { 0, 0x03, "ChannelEndpointChanged", true, Down, 4, true },
        { 0, 0x04, "Reconnect", false, Down, 3, false },
        { 0, 0x10, "OpenStandardMiningChannel", false, Up, 41, false },
        { 0, 0x11, "OpenStandardMiningChannel.Success", false, Down, 45, false },
        { 0, 0x12, "OpenMiningChannel.Error", false, Down, 5, false },
        { 0, 0x13, "OpenExtendedMiningChannel", false, Up, 43, false },
        { 0, 0x14, "OpenExtendedMiningChannel.Success", false, Down, 43, false },
        { 0, 0x15, "NewMiningJob", true, Down, 45, false },
        { 0, 0x16, "UpdateChannel", true, Up, 40, true },
        { 0, 0x17, "UpdateChannel.Error", true, Down, 5, false },
        { 0, 0x18, "CloseChannel", true, MessageDirection.Both, 5, false },
        { 0, 0x19, "SetExtranoncePrefix", true, Down, 5, false },
        { 0, 0x1a, "SubmitSharesStandard", true, Up, 24, true },
        { 0, 0x1b, "SubmitSharesExtended", true, Up, 25, false },
        { 0, 0x1c, "SubmitShares.Success", true, Down, 20, true },
        { 0, 0x1d, "SubmitShares.Error", true, Down, 9, false },
        { 0, 0x1f, "NewExtendedMiningJob", true, Down, 19, false },
        { 0, 0x20, "SetNewPrevHash", true, Down, 48, true },
        { 0, 0x21, "SetTarget", true, Down, 36, true },
        { 0, 0x22, "SetCustomMiningJob", true, Up, 69, false },
        { 0, 0x23, "SetCustomMiningJob.Success", true, Down, 12, true },
        { 0, 0x24, "SetCustomMiningJob.Error", true, Down, 9, false },
        { 0, 0x25, "SetGroupChannel", false, Down, 6, false },
        { 0, 0x50, "AllocateMiningJobToken", false, Up, 5, false },
        { 0, 0x51, "AllocateMiningJobToken.Success", false, Down, 7, false },
        { 0, 0x55, "ProvideMissingTransactions", false, Down, 6, false },
        { 0, 0x56, "ProvideMissingTransactions.Success", false, Up, 6, false },
        { 0, 0x57, "DeclareMiningJob", false, Up, 17, false },
        { 0, 0x58, "DeclareMiningJob.Success", false, Down, 5, false },
        { 0, 0x59, "DeclareMiningJob.Error", false, Down, 7, false },
        { 0, 0x60, "PushSolution", false, Up, 49, false },
        { 0, 0x70, "CoinbaseOutputConstraints", false, Up, 4, false },
        { 0, 0x71, "NewTemplate", false, Down, 41, false },
        { 0, 0x72, "SetNewPrevHash", false, Down, 80, true },
        { 0, 0x73, "RequestTransactionData", false, Up, 8, true },
        { 0, 0x74, "RequestTransactionData.Success", false, Down, 12, false },
        { 0, 0x75, "RequestTransactionData.Error", false, Down, 9, false },
        { 0, 0x76, "SubmitSolution", false, Up, 22, false },
        { 1, 0x00, "RequestExtensions", false, Up, 4, false },
        { 1, 0x01, "RequestExtensions.Success", false, Down, 4, false },
        { 1, 0x02, "RequestExtensions.Error", false, Down, 6, false },
    };

    // The two messages whose last field older peers leave out are read from 4 and 2 bytes less than the table of the
    // specification says; they are always written whole.
    [Theory]
    [MemberData(nameof(Table))]
    [Trait("spec", "15")]
    [Trait("spec", "19")]
    [Trait("spec", "20")]
    [Trait("spec", "35")]
    [Trait("spec", "389")]
    public void Message_is_as_chapter_8_says(int extension, int type, string name, bool channel, MessageDirection direction, int minLength, bool isFixed)
    {
        MessageInfo? message = MessageCatalog.Specification.Find((ushort)extension, (byte)type);
        Assert.NotNull(message);
        Assert.Equal((name, channel, direction, minLength, isFixed),
            (message.Name, message.IsChannelMessage, message.Direction, message.MinPayloadLength, message.IsFixedLength));
    }

    [Fact]
    [Trait("spec", "372")]
    public void There_are_no_other_messages() => Assert.Equal(Table.Count, MessageCatalog.Specification.Messages.Length);

    [Fact]
    [Trait("spec", "26")]
    public void Reserved_message_0x1e_is_unknown() => Assert.Null(MessageCatalog.Specification.Find(0, 0x1E));

    [Fact]
    [Trait("spec", "34")]
    public void Only_registered_extensions_are_used() => Assert.Equal(new ushort[] { 1, 2 }, MessageCatalog.Specification.Extensions);

    [Fact]
    [Trait("spec", "37")]
    public void Messages_and_TLVs_of_extensions_share_one_space_of_numbers() =>
        Assert.Equal((ushort)2, Assert.Single(MessageCatalog.Specification.Tlvs).ExtensionType);
}
