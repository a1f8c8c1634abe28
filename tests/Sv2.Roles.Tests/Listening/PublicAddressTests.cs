using System.Net;
using Sv2.Roles.Listening;

namespace Sv2.Roles.Tests.Listening;

public class PublicAddressTests
{
    private static readonly IPEndPoint Bound = new(IPAddress.Loopback, 34254);

    [Theory]
    [InlineData("", "127.0.0.1", 34254)]
    [InlineData("pool.example", "pool.example", 34254)]
    [InlineData("pool.example:443", "pool.example", 443)]
    [InlineData("2001:db8::1", "2001:db8::1", 34254)]
    public void Clients_are_told_what_the_operator_configured(string configured, string host, int port) =>
        Assert.Equal((host, port), PublicAddress.Of(configured, Bound));

    [Fact]
    public void On_all_interfaces_the_machines_name_stands_for_the_address() =>
        Assert.Equal((Dns.GetHostName(), 8442), PublicAddress.Of("", new IPEndPoint(IPAddress.IPv6Any, 8442)));
}
