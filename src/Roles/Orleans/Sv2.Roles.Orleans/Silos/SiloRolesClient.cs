using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Sv2.Roles.Orleans.Silos;

/// <summary>The way to the roles of any silo.</summary>
internal sealed class SiloRolesClient(IServiceProvider services) : GrainServiceClient<ISiloRoles>(services)
{
    /// <summary>The roles of one silo.</summary>
    /// <param name="address">Its address in parsable form.</param>
    public ISiloRoles Of(string address) => GetGrainService(SiloAddress.FromParsableString(address));
}
