using Sv2.Native.Abi;

namespace Sv2.Native.Client;

/// <summary><c>sv2_client</c>.</summary>
internal sealed class ClientObject(MiningClient client) : NativeObject
{
    public MiningClient Client => client;

    protected override void Wipe() => client.Dispose();
}
