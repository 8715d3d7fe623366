// E-invoices in the words of those who issue them, for tests.

/** As the tax authority issues a 数电票: 保洁费 1,200.00 with 6 % tax. */
export function taxAuthorityXml(
  over: { number?: string; total?: string; red?: boolean; remark?: string } = {},
): Buffer {
  const { number = "24112000000135114086", total = "1272.00", red = false, remark = "" } = over;
  const sign = red ? "-" : "";
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<EInvoice>
  <Header>
    <EIid>${number}</EIid>
    <InherentLabel>
      <InIssuType><LabelCode>${red ? "N" : "Y"}</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType>
      <EInvoiceType><LabelCode>02</LabelCode></EInvoiceType>
    </InherentLabel>
  </Header>
  <EInvoiceData>
    <SellerInformation>
      <SellerIdNum>91110000MA01ABCD2X</SellerIdNum><SellerName>北京净洁保洁有限公司 A&amp;B</SellerName>
      <SellerBankAccNum>0000123400005678</SellerBankAccNum>
    </SellerInformation>
    <BuyerInformation><BuyerIdNum>91110000MA01WXYZ3K</BuyerIdNum><BuyerName>丰华园业主大会</BuyerName></BuyerInformation>
    <BasicInformation>
      <TotalAmWithoutTax>${sign}1200</TotalAmWithoutTax><TotalTaxAm>${sign}72.0</TotalTaxAm>
      <TotalTax-includedAmount>${sign}${total}</TotalTax-includedAmount><RequestTime>2026-03-05 09:30:00</RequestTime>
    </BasicInformation>
    <IssuItemInformation><ItemName>*物业管理服务*楼道保洁</ItemName><Amount>${sign}1000</Amount></IssuItemInformation>
    <IssuItemInformation><ItemName>*物业管理服务*垃圾清运</ItemName><Amount>${sign}200</Amount></IssuItemInformation>
    <AdditionalInformation><Remark>${remark}</Remark></AdditionalInformation>
  </EInvoiceData>
  <TaxSupervisionInfo><InvoiceNumber>${number}</InvoiceNumber><IssueTime>2026-03-05</IssueTime></TaxSupervisionInfo>
</EInvoice>`);
}
