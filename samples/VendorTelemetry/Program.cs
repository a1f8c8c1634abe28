using Sv2.Noise;
using VendorTelemetry;

// One process serves, another connects to the address that the first one prints:
//   dotnet run --project samples/VendorTelemetry -- server
//   dotnet run --project samples/VendorTelemetry -- client stratum2+tcp://127.0.0.1:…/…
switch (args)
{
    case ["server"]:
        await TelemetryServer.RunAsync();
        return 0;
    case ["client", string server]:
        return await TelemetryClient.RunAsync(ConnectionString.Parse(server));
    default:
        Console.Error.WriteLine("usage: VendorTelemetry server | client <connection string>");
        return 2;
}
