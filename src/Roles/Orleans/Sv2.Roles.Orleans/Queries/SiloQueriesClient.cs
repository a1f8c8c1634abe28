using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Sv2.Roles.Orleans.Queries;

/// <summary>The way to the queries of any silo.</summary>
internal sealed class SiloQueriesClient(IServiceProvider services) : GrainServiceClient<ISiloQueries>(services)
{
    /// <summary>The queries of one silo.</summary>
    /// <param name="address">Its address in parsable form.</param>
    public ISiloQueries Of(string address) => GetGrainService(SiloAddress.FromParsableString(address));
}
