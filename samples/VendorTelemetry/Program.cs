using Sv2.Noise;
using Sv2.Protocol.Inspection;
using VendorTelemetry;
using VendorTelemetry.Extensions.FanControl;

// One process serves, another connects to the address that the first one prints:
//   dotnet run --project samples/VendorTelemetry -- server
//   dotnet run --project samples/VendorTelemetry -- client stratum2+tcp://127.0.0.1:…/…
// A Wireshark dissector that knows both extensions:
//   dotnet run --project samples/VendorTelemetry -- wireshark > sv2.lua
switch (args)
{
    case ["server"]:
        await TelemetryServer.RunAsync();
        return 0;
    case ["client", string server]:
        return await TelemetryClient.RunAsync(ConnectionString.Parse(server));
    case ["wireshark"]:
        Console.Out.Write(WiresharkDissector.Write(MessageCatalog.Specification.With(Telemetry.Info).With(FanControlExtension.Info)));
        return 0;
    default:
        Console.Error.WriteLine("usage: VendorTelemetry server | client <connection string> | wireshark");
        return 2;
}
