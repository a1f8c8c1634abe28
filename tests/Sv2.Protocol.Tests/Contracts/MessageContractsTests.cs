using Sv2.Protocol.Inspection;
using Sv2.TestKit;

namespace Sv2.Protocol.Tests.Contracts;

/// <summary>That every message of the specification has its contract test.</summary>
public class MessageContractsTests
{
    [Fact]
    public void Every_message_has_a_contract()
    {
        HashSet<MessageInfo> covered = [.. typeof(MessageContractsTests).Assembly.GetTypes()
            .Where(t => t.BaseType is { IsGenericType: true } b && b.GetGenericTypeDefinition() == typeof(MessageContract<,>))
            .Select(t => (MessageInfo)t.BaseType!.GetGenericArguments()[0].GetProperty("Info")!.GetValue(null)!)];
        Assert.Empty(MessageCatalog.Specification.Messages.Where(m => !covered.Contains(m)));
        Assert.Equal(44, MessageCatalog.Specification.Messages.Count(covered.Contains));
    }
}
