using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>Frames are taken apart and put together.</summary>
[Collection(SharedSession.Name)]
public sealed class InspectorTests(BrowserSession session) : PageTest(session)
{
    [BrowserFact]
    public void A_frame_is_decoded_and_encoded()
    {
        Window.Open("#/inspector", "Frame inspector");
        Window.Type("#frames", "00801b21000007000000290000000c000000aaaaaaaa4cbe026b000000200800000000002a11c7");
        Window.Press("section[aria-label=Decode] button.primary");
        Window.Until("the share's fields", () => Window.Text("article[aria-label=SubmitSharesExtended]").Contains("2863311530", StringComparison.Ordinal));

        Window.Type("#frames", "00801b2100");
        Window.Press("section[aria-label=Decode] button.primary");
        Window.Until("what is wrong", () => Window.Text(".results .bad").Contains("header", StringComparison.Ordinal));

        Window.Press("section[aria-label=Encode] .stack .row button");
        Window.Until("the frame", () => Window.Text("section[aria-label=Encode] .string code").StartsWith("00801c", StringComparison.Ordinal));
    }
}
