/** The package has no types of its own. This is the part we use. */
declare module "screenshot-desktop" {
  const screenshot: {
    (options: { readonly screen: string | number; readonly format: "png" }): Promise<Buffer>;
    listDisplays(): Promise<
      { readonly id: string | number; readonly name: string; readonly offsetX?: number; readonly offsetY?: number }[]
    >;
  };
  export default screenshot;
}
