using Sv2.Noise;
using Sv2.Roles.MiningProxy;

namespace Sv2.Roles.Tests.MiningProxy;

public class ProxyKeysTests
{
    [Fact]
    public async Task The_certificate_in_use_is_shown_while_the_proxy_serves()
    {
        using AuthorityKeyPair authority = AuthorityKeyPair.Generate();
        // Nobody listens there, and nobody need.
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [new ConnectionString("127.0.0.1", 1, authority.PublicKey)]);

        KeyInfo key = proxy.Role.ListKeys().Single(key => key.Name == "authority");
        Assert.True(key.CertificateValidFrom < key.CertificateValidUntil);
        Assert.EndsWith($"/{key.PublicKey}", proxy.Address, StringComparison.Ordinal);

        await proxy.Role.StopAsync(CancellationToken.None);
        Assert.Null(proxy.Role.ListKeys().Single(key => key.Name == "authority").CertificateValidFrom);
    }
}
